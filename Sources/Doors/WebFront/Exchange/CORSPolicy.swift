package import DaprHTTP
package import DaprText

/// The browser origins that may read answers (https://fetch.spec.whatwg.org/#http-cors-protocol); none unless
/// configured.
///
/// Credentials are never allowed: the sender is identified by a bearer token that a script sends on purpose, not by a
/// cookie that comes along.
package struct CORSPolicy: Sendable {
    /// Origins as browsers write them (`https://app.example`), compared as a whole; `*` allows all.
    package var origins: Set<ExactText>
    /// How long a browser may cache the answer to a preflight.
    package var maximumAgeInSeconds: Int

    /// Creates a policy; without origins no CORS header is ever sent.
    package init(origins: [String] = [], maximumAgeInSeconds: Int = 600) {
        self.origins = Set(origins.map { ExactText($0) })
        self.maximumAgeInSeconds = maximumAgeInSeconds
    }

    /// Whether `text` is `*` or an origin as a browser sends it: scheme and host in lower case, without the scheme's
    /// default port.
    ///
    /// `null` is not accepted, because every sandboxed page sends it, whoever wrote the page.
    package static func isOrigin(_ text: String) -> Bool {
        if text.utf8.elementsEqual("*".utf8) { return true }
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            bytes[colon...].starts(with: "://".utf8)
        else { return false }
        let scheme = bytes[..<colon]
        let isScheme = scheme.allSatisfy { isSmallLetterOrDigit($0) || "+-.".utf8.contains($0) }
        var host = bytes[(colon + 3)...]
        var port: ArraySlice<UInt8>?
        if let mark = host.lastIndex(of: UInt8(ascii: ":")), host.last != UInt8(ascii: "]") {
            port = host[(mark + 1)...]
            host = host[..<mark]
        }
        guard isScheme, !host.isEmpty, host.allSatisfy({ isSmallLetterOrDigit($0) || "-._[:]".utf8.contains($0) }),
            host.first == UInt8(ascii: "[") || !host.contains(UInt8(ascii: ":"))
        else { return false }
        guard let port else { return true }
        let digits = String(decoding: port, as: UTF8.self)
        guard let number = UInt16(digits), digits.utf8.elementsEqual(String(number).utf8) else { return false }
        let own: [String: UInt16] = ["http": 80, "https": 443]
        return own[String(decoding: scheme, as: UTF8.self)] != number
    }

    private static func isSmallLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    /// Whether no origin is allowed.
    package var isOff: Bool { origins.isEmpty }

    /// Whether the request is a preflight: it asks whether another request would be allowed.
    package func isPreflight(_ request: HTTPRequest) -> Bool {
        !isOff && request.method == .options && request.headers["Origin"] != nil
            && request.headers["Access-Control-Request-Method"] != nil
    }

    /// The value of `Access-Control-Allow-Origin` for `origin`; `nil` when it is not allowed.
    package func allowedOrigin(for origin: String) -> String? {
        if origins.contains(ExactText("*")) { return "*" }
        return origins.contains(origin) ? origin : nil
    }

    /// Adds the headers that let scripts of the origin read the answer.
    package func decorate(_ response: inout HTTPResponse, for request: HTTPRequest) {
        guard !isOff else { return }
        response.headers.add("Vary", "Origin")
        guard let origin = request.headers["Origin"], let allowed = allowedOrigin(for: origin) else { return }
        response.headers["Access-Control-Allow-Origin"] = allowed
        response.headers["Access-Control-Expose-Headers"] = Self.exposedHeaders
    }

    /// The answer to a preflight, without the headers that `decorate` adds.
    package func preflightAnswer() -> HTTPResponse {
        HTTPResponse(
            .noContent,
            headers: [
                "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
                "Access-Control-Allow-Headers": Self.requestHeaders,
                "Access-Control-Max-Age": String(maximumAgeInSeconds),
            ]
        )
    }

    private static let requestHeaders =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, Time-Zone, X-Correlation-ID, traceparent, tracestate"
    private static let exposedHeaders =
        "As-Of, ETag, Idempotent-Replayed, Location, Merged-Fields, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, Undo-Token, X-Correlation-ID, traceparent"
}
