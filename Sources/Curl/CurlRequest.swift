/// One HTTP request for libcurl.
package struct CurlRequest: Sendable {
    package var method: String
    /// An absolute `http` or `https` URL, percent-encoded.
    package var url: String
    /// The path and query to ask for instead of the URL's, percent-encoded and with a slash in front; empty for the URL's own.
    ///
    /// For a caller whose requests go to one origin: the URL is then read once and not for each. It is sent as it stands,
    /// dots and all (RFC 9112 section 3.2.1).
    package var target = ""
    package var headers: [(name: String, value: String)]
    /// The body; `nil` sends none.
    package var body: [UInt8]?
    /// The longest the whole call may take.
    package var timeout: Duration = .seconds(30)
    /// The longest that connecting may take.
    package var connectTimeout: Duration = .seconds(1)
    /// The most bytes an answer's body may have; a longer one ends the call.
    package var maximumBodyBytes = 16 << 20
    /// Whether the request may be sent a second time when a kept connection turns out dead before any answer.
    ///
    /// `true` for `GET` and `HEAD` unless set otherwise. For others such a call ends with ``CurlError/connectionLost(_:)``,
    /// since the first may have been carried out; but one of which nothing was sent may always be sent again.
    package var mayRepeat: Bool

    package init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        mayRepeat = method == "GET" || method == "HEAD"
    }
}
