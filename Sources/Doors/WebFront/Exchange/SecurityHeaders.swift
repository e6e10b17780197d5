import DaprHTTP

/// What keeps a browser from doing more with an answer than reading it (https://owasp.org/www-project-secure-headers/).
enum SecurityHeaders {
    /// Adds every header that the answer does not set itself.
    static func decorate(_ response: inout HTTPResponse) {
        response.headers.addMissing(defaults)
    }

    private static let defaults: HTTPHeaders = [
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
    ]
}
