import DaprHTTP
import DaprSidecar

/// An API that foreign web pages in a browser cannot use.
///
/// Pages that may use it can also read the answers (CORS), and preflight requests are answered for them.
struct OriginGuard<Handler: HTTPHandler>: HTTPHandler {
    let handler: Handler
    let policy: OriginPolicy
    /// Called for every refused call.
    let onRefusal: (@Sendable (APIError) -> Void)?

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        switch policy.verdict(head) {
        case .refused(let error):
            onRefusal?(error)
            return .refuse(.refusal(error))
        case .allowed(reader: nil): return handler.accept(head)
        case .allowed(reader: let origin?):
            if head.method == .options, let method = head.headers["access-control-request-method"] {
                return .refuse(Self.permission(head, origin: origin, method: method))
            }
            return handler.accept(head).answering(head) { _, response in Self.readable(response, origin) }
        }
    }

    func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse {
        readable(handler.tooLarge(head, limit: limit), head)
    }

    func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse { readable(handler.deadlinePassed(head), head) }

    private func readable(_ response: HTTPResponse, _ head: HTTPRequest) -> HTTPResponse {
        guard case .allowed(reader: let origin?) = policy.verdict(head) else { return response }
        return Self.readable(response, origin)
    }

    /// An answer that a page may read; CORS headers of the application itself take precedence.
    private static func readable(_ response: HTTPResponse, _ origin: String) -> HTTPResponse {
        var response = response
        if response.headers["access-control-allow-origin"] == nil {
            response.headers.add("Access-Control-Allow-Origin", origin)
            response.headers.add("Access-Control-Expose-Headers", "*")
        }
        response.headers.add("Vary", "Origin")
        return response
    }

    /// The answer to a browser's preflight request.
    private static func permission(_ head: HTTPRequest, origin: String, method: String) -> HTTPResponse {
        var response = HTTPResponse(
            .noContent,
            headers: [
                "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": method, "Vary": "Origin",
            ]
        )
        if let headers = head.headers["access-control-request-headers"] {
            response.headers.add("Access-Control-Allow-Headers", headers)
        }
        if head.headers["access-control-request-private-network"] == "true" {
            response.headers.add("Access-Control-Allow-Private-Network", "true")
        }
        return response
    }
}
