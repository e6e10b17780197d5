internal import DaprHTTP

/// A call by an ``EmbeddedSidecar`` to the application under test: an event, a job, an invocation, or a request for its
/// subscriptions or configuration.
public struct AppCall: Sendable {
    /// The HTTP method in capitals, such as `POST`.
    public let method: String
    /// The path, percent-encoded, with its query.
    public let path: String
    /// The headers in the order they were sent.
    public let headers: [(name: String, value: String)]
    /// The whole body; empty for none.
    public let body: [UInt8]

    /// Creates a call, to test the code that answers it.
    ///
    /// - Parameters:
    ///   - method: The HTTP method in capitals.
    ///   - path: The path, percent-encoded, with its query.
    ///   - headers: The headers.
    ///   - body: The whole body; empty for none.
    public init(method: String, path: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// The first value of a header.
    ///
    /// - Parameter name: The name, compared without regard to case.
    /// - Returns: The value, or `nil` when the call does not have the header.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// The application's answer to an ``AppCall``.
public struct AppAnswer: Sendable {
    /// The HTTP status, 200 to 599.
    public var status: Int
    /// The headers; if there is no `content-type`, a body is sent as `application/json`.
    public var headers: [(name: String, value: String)]
    /// The whole body; empty for none.
    public var body: [UInt8]

    /// Creates an answer.
    ///
    /// - Parameters:
    ///   - status: The HTTP status, 200 to 599.
    ///   - headers: The headers; if there is no `content-type`, a body is sent as `application/json`.
    ///   - body: The whole body; empty for none.
    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// An application that is a closure.
struct ClosureApp: HTTPHandler {
    let answer: @Sendable (AppCall) async -> AppAnswer

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 16 << 20) { request in
            let call = AppCall(
                method: request.method.rawValue,
                path: request.target,
                headers: request.headers.map { $0 },
                body: request.body
            )
            let answer = await answer(call)
            var headers = HTTPHeaders()
            for (name, value) in answer.headers { headers.add(name, value) }
            if !answer.body.isEmpty, headers["Content-Type"] == nil { headers.add("Content-Type", "application/json") }
            return HTTPResponse(HTTPStatus(answer.status), headers: headers, body: answer.body)
        }
    }
}
