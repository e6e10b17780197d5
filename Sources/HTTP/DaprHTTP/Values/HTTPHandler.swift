/// What answers requests: it sees the head first, and names what will answer the whole.
package protocol HTTPHandler: Sendable {
    /// Looks at the head before the body is read, and before `100 Continue` is sent.
    ///
    /// Runs on the connection's event loop; it must not block. What it learns (the route, who asks) travels to the answer
    /// in the responder, so that nothing is found out twice.
    func accept(_ head: HTTPRequest) -> HTTPAcceptance

    /// The answer to a body that is over the accepted limit.
    func tooLarge(_ head: HTTPRequest, limit: Int) -> HTTPResponse

    /// The answer when the server's deadline for a request passed; the responder's own answer is then dropped.
    func deadlinePassed(_ head: HTTPRequest) -> HTTPResponse
}

/// Answers one accepted request; runs in a task on the connection's event loop.
///
/// The task is cancelled when the request's deadline passes or the server stops.
package typealias HTTPResponder = @Sendable (HTTPRequest) async -> HTTPResponse

/// What the handler says to a request's head.
package enum HTTPAcceptance: Sendable {
    /// Read the body whole, up to so many bytes, then call the responder.
    case collect(limit: Int, HTTPResponder)
    /// Call the responder at once with the body as a stream of at most so many bytes.
    case stream(limit: Int, HTTPResponder)
    /// Answer this, and do not read the body.
    case refuse(HTTPResponse)
    /// Decide when this has returned, as when somebody else must be asked who sends the request.
    ///
    /// It is called once, in a task on the connection's loop that is cancelled as a responder's is. Until it returns, nothing of the body is read,
    /// and a client that waits for `100 Continue` goes on waiting.
    case later(@Sendable () async -> HTTPAcceptance)
}

extension HTTPAcceptance {
    /// The same decision with every answer changed.
    ///
    /// - Parameters:
    ///   - head: the head that was accepted.
    ///   - change: gets the request (its head alone when it is refused) and its answer; it gives the answer to send.
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

    /// Answers a request value without a socket: the head is accepted, then the responder called.
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
