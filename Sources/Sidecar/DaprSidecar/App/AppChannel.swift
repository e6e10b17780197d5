/// The path from the sidecar to its application.
///
/// One call is one attempt: the runtime applies retries and timeouts.
package protocol AppChannel: Sendable {
    /// Sends one request to the application and returns its whole answer.
    ///
    /// Throws ``AppChannelError/cancelled`` when the calling task is cancelled.
    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse
}

/// A request of the sidecar to its application.
package struct AppRequest: Sendable {
    /// The HTTP method.
    package var method: String
    /// The request target: begins with "/", percent-encoded, query included.
    package var target: String
    /// Header fields, in order.
    ///
    /// The channel adds only `Host` and the body's length.
    package var headers: [(name: String, value: String)]
    /// The body; empty when there is none.
    package var body: [UInt8]
    /// The longest time to wait for the whole answer; `nil` for no limit.
    package var timeout: Duration?
    /// Whether this request checks the application's health; metrics count such requests separately.
    package var isHealthProbe = false
    /// What a fault plan's rules match for a delivery or a job; `nil` for every other request.
    var subject: FaultSubject?

    package init(
        method: String,
        target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// The application's answer.
package struct AppResponse: Sendable {
    /// The HTTP status.
    package var status: Int
    /// Header fields, in order.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why a request to the application got no answer.
package enum AppChannelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing listens there, or the name cannot be resolved. The request was not sent.
    case unreachable(String)
    /// The whole answer did not arrive within the request's timeout.
    case timedOut
    /// The calling task was cancelled.
    case cancelled
    /// The connection broke, or the answer could not be used.
    case failed(String)

    package var description: String {
        switch self {
        case .unreachable(let detail): detail
        case .timedOut: "context deadline exceeded"
        case .cancelled: "context canceled"
        case .failed(let detail): detail
        }
    }
}
