package import DaprHTTP

/// One row of a door: where it is, what answers it, and what the OpenAPI document says of it.
package struct Endpoint: Sendable {
    package let method: HTTPMethod
    /// The path pattern, which is OpenAPI's path template too.
    package let path: String
    package let operation: Operation
    /// On which ports of the server it is.
    let ports: Set<Port>
    let work: Work

    /// A port of the server, by who reaches it.
    package enum Port: Sendable {
        /// Where the sidecar calls, and whoever it lets through.
        case app
        /// Where clients call.
        case clients
        /// Where metrics are fetched.
        case metrics
    }

    /// Answers a request.
    package typealias Responder = @Sendable (HTTPRequest, Exchange) async throws(WebFault) -> HTTPResponse
    /// Answers a request of somebody who is known.
    package typealias PrincipalResponder =
        @Sendable (HTTPRequest, Exchange, Principal) async throws(WebFault) -> HTTPResponse

    /// What answers, and who may ask.
    package enum Work: Sendable {
        /// Everyone, without a proof of who they are.
        case open(Responder)
        /// Whoever can prove who they are, for what is theirs.
        case principal(PrincipalResponder)
        /// The sidecar.
        case sidecar(Responder)
    }

    /// Makes a row.
    ///
    /// - Parameters:
    ///   - method: the method it answers.
    ///   - path: the path pattern. What it names `user_id` must be who asks.
    ///   - operation: what the document says of it, and what its body may be.
    ///   - ports: on which ports it is.
    ///   - work: who may ask, and what answers.
    package init(
        method: HTTPMethod,
        path: String,
        operation: Operation,
        ports: Set<Port> = [.app, .clients],
        work: Work
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.ports = ports
        self.work = work
    }

    /// The route that serves this row.
    func route(frame: RequestFrame, gate: Gate) -> Route {
        let server = EndpointServer(self, frame: frame, gate: gate)
        return Route(method, path, bodyLimit: operation.body.limitInBytes) { server.admit($0, $1) }
    }
}
