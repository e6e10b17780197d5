import DaprHTTP

/// Headers that keep a browser from doing anything with an answer but reading it
/// (https://owasp.org/www-project-secure-headers/).
enum SecurityHeaders {
    /// Adds each of the headers that the answer does not set itself.
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
