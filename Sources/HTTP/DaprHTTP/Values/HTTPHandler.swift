/// Answers requests: it looks at the head first, and then picks the responder for the whole request.
package protocol HTTPHandler: Sendable {
    /// Looks at the head before the body is read, and before `100 Continue` is sent.
    ///
    /// Runs on the connection's event loop and must not block. The returned responder carries along what was learned
    /// here, such as the route and the caller, so that nothing is looked up twice.
    func accept(_ head: HTTPRequest) -> HTTPAcceptance

    /// The answer to a body over the accepted limit.
    func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse

    /// The answer after the server's deadline for a request; the responder's own answer is then dropped.
    func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse

    /// The answer to a request that the server refuses itself; `nil` for the server's own words.
    ///
    /// Without a head the request could not be read.
    func refused(_ fault: HeadFault, _ head: HTTPRequest?) -> HTTPResponse?
}

/// Answers one accepted request, in a task on the connection's event loop.
///
/// The task is cancelled when the request's deadline passes or the server stops.
package typealias HTTPResponder = @Sendable (HTTPRequest) async -> HTTPResponse

/// The handler's decision on a request's head.
package enum HTTPAcceptance: Sendable {
    /// Read the whole body, up to `limit` bytes, then call the responder.
    case collect(limit: Int, HTTPResponder)
    /// Call the responder at once, with the body as a stream of at most `limit` bytes.
    case stream(limit: Int, HTTPResponder)
    /// Send this answer without reading the body.
    case refuse(HTTPResponse)
    /// Decide later, when the closure returns: for example when somebody else must say who sends the request.
    ///
    /// The closure is called once, in a task on the connection's loop that is cancelled like a responder's. Until it
    /// returns, the body stays unread and a client that waits for `100 Continue` keeps waiting.
    case later(@Sendable () async -> HTTPAcceptance)
}

extension HTTPAcceptance {
    /// The same decision, with `change` applied to every answer.
    ///
    /// - Parameters:
    ///   - head: The head that was accepted.
    ///   - change: Gets the request (only its head when it is refused) and its answer; returns the answer to send.
    /// - Returns: The decision.
    package func answering(
        _ head: HTTPRequest,
        _ change: @escaping @Sendable (HTTPRequest, HTTPResponse) -> HTTPResponse
    ) -> HTTPAcceptance {
        switch self {
        case .refuse(let response): .refuse(change(head, response))
        case .collect(let limit, let respond): .collect(limit: limit) { change($0, await respond($0)) }
        case .stream(let limit, let respond): .stream(limit: limit) { change($0, await respond($0)) }
        case .later(let decide): .later { await decide().answering(head, change) }
        }
    }
}

extension HTTPHandler {
    package func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse { HTTPResponse(.contentTooLarge) }

    package func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse { HTTPResponse(.serviceUnavailable) }

    package func refused(_ fault: HeadFault, _ head: HTTPRequest?) -> HTTPResponse? { nil }

    /// Answers a request without a socket: accepts the head, then calls the responder.
    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        var head = request
        head.body = []
        var acceptance = accept(head)
        while true {
            switch acceptance {
            case .refuse(let response):
                return response
            case .collect(let limit, let responder), .stream(let limit, let responder):
                guard request.body.count <= limit else { return tooLarge(head, limit: limit) }
                return await responder(request)
            case .later(let decide):
                acceptance = await decide()
            }
        }
    }
}
