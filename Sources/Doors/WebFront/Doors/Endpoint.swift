package import DaprHTTP

/// One operation of a door: its method and path, the code that answers it, and its documentation.
package struct Endpoint: Sendable {
    package let method: HTTPMethod
    /// The path pattern, which also is OpenAPI's path template.
    package let path: String
    package let operation: Operation
    /// What its requests cost, by which they are limited.
    package let cost: EndpointCost
    /// The server's ports that have this endpoint.
    let ports: Set<Port>
    let work: Work

    /// A port of the server, by its callers.
    package enum Port: Sendable {
        /// The port that the sidecar calls, for itself and for the applications whose calls it forwards.
        case app
        /// The port for clients.
        case clients
        /// The port for metrics.
        case metrics
    }

    /// Answers a request.
    package typealias Responder = @Sendable (HTTPRequest, Exchange) async throws(WebFault) -> HTTPResponse
    /// Answers a request of a known sender.
    package typealias PrincipalResponder =
        @Sendable (HTTPRequest, Exchange, Principal) async throws(WebFault) -> HTTPResponse

    /// The code that answers, and who may ask.
    package enum Work: Sendable {
        /// Everyone; no proof is needed.
        case open(Responder)
        /// Anyone who proves who they are, for their own data.
        case principal(PrincipalResponder)
        /// The sidecar.
        case sidecar(Responder)
    }

    /// Creates an endpoint.
    ///
    /// - Parameters:
    ///   - method: The method of its requests.
    ///   - path: The path pattern; a segment `{user_id}` must equal the sender's subject.
    ///   - operation: Its documentation, and the bodies that it allows.
    ///   - cost: What its requests cost; only those of a known sender are limited.
    ///   - ports: The ports that have it.
    ///   - work: The code that answers, and who may ask.
    package init(
        method: HTTPMethod,
        path: String,
        operation: Operation,
        cost: EndpointCost = .low,
        ports: Set<Port> = [.app, .clients],
        work: Work
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.cost = cost
        self.ports = ports
        self.work = work
    }

    /// The route for this endpoint.
    func route(frame: RequestFrame, gate: Gate) -> Route {
        let server = EndpointServer(self, frame: frame, gate: gate)
        return Route(method, path, bodyLimit: operation.body.limitInBytes) { server.admit($0, $1) }
    }
}
