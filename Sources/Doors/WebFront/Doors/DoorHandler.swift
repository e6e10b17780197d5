package import DaprHTTP

/// Answers the requests to a set of endpoints: handles preflights, and routes everything else.
package struct DoorHandler: HTTPHandler {
    /// All endpoints of this handler, in the order of the documentation.
    package let endpoints: [Endpoint]
    private let router: Router
    private let frame: RequestFrame

    init(endpoints: [Endpoint], frame: RequestFrame, gate: Gate) {
        self.endpoints = endpoints
        self.frame = frame
        router = Router(
            endpoints.map { $0.route(frame: frame, gate: gate) },
            refusals: Refusals(frame: frame)
        )
    }

    package func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        guard frame.cors.isPreflight(head) else { return router.accept(head) }
        guard let origin = head.headers["Origin"], frame.cors.allowedOrigin(for: origin) != nil else {
            return .refuse(frame.refuse(.originNotAllowed, head, route: "preflight"))
        }
        let exchange = frame.begin(head, route: "preflight")
        return .refuse(frame.finish(frame.cors.preflightAnswer(), to: head, exchange))
    }

    package func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse {
        frame.refuse(.contentTooLarge(limitInBytes: limit), head, route: route(of: head))
    }

    package func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse {
        frame.refuse(.deadlinePassed(isWrite: !head.isRead), head, route: route(of: head))
    }

    package func refused(_ fault: HeadFault, _ head: HTTPRequest?) -> HTTPResponse? {
        frame.refuse(.unread(fault), head ?? DoorHandler.unreadHead, route: head.map(route) ?? "unmatched")
    }

    /// What stands for the head of a request that could not be read, in counters and log lines.
    private static let unreadHead = HTTPRequest(method: .unread, target: "/")

    /// The route pattern of a head that was accepted before.
    private func route(of head: HTTPRequest) -> String {
        guard case .found(let route, _) = router.find(head) else { return "unmatched" }
        return route.pattern
    }
}

/// The router's refusals in the API's words.
private struct Refusals: RouterRefusals {
    let frame: RequestFrame

    func notFound(_ request: HTTPRequest) -> HTTPResponse { frame.refuse(.noSuchPath, request) }

    func methodNotAllowed(_ request: HTTPRequest, allowed: [HTTPMethod]) -> HTTPResponse {
        var methods = allowed + [.options]
        if methods.contains(.get), !methods.contains(.head) { methods.append(.head) }
        methods.sort { $0.rawValue < $1.rawValue }
        guard request.method == .options else { return frame.refuse(.methodNotAllowed(methods), request) }
        // RFC 9110 section 9.3.7: what the path takes, for anybody; it says nothing of what is stored there.
        let answer = HTTPResponse(.noContent, headers: ["Allow": HTTPMethod.list(methods)])
        return frame.finish(answer, to: request, frame.begin(request, route: "options"))
    }

    func badPath(_ request: HTTPRequest) -> HTTPResponse { frame.refuse(.malformedPath, request) }

    func tooLarge(_ request: HTTPRequest, limit: Int) -> HTTPResponse {
        frame.refuse(.contentTooLarge(limitInBytes: limit), request)
    }
}
