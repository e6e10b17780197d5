/// One HTTP request for libcurl.
package struct CurlRequest: Sendable {
    package var method: String
    /// An absolute `http` or `https` URL, percent-encoded.
    package var url: String
    /// The path and query to request instead of the URL's, percent-encoded and with a leading slash; empty for the
    /// URL's own.
    ///
    /// It serves callers whose requests go to one origin: the URL is then parsed once instead of for each request. It
    /// is sent unchanged, dot segments included (RFC 9112 section 3.2.1).
    package var target = ""
    package var headers: [(name: String, value: String)]
    /// The body; `nil` for none.
    package var body: [UInt8]?
    /// The time limit of the whole call.
    package var timeout: Duration = .seconds(30)
    /// The time limit of connecting.
    package var connectTimeout: Duration = .seconds(1)
    /// The most bytes of an answer's body; a longer one ends the call.
    package var maximumBodyBytes = 16 << 20
    /// Whether the request may be sent again when a kept connection turns out to be dead before any answer.
    ///
    /// `true` for `GET` and `HEAD` unless set otherwise. For others such a call ends with
    /// ``CurlError/connectionLost(_:)``, because the server may have carried out the first one. A request of which
    /// nothing was sent may always be sent again.
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
