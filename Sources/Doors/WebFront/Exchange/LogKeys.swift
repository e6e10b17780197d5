package import DaprLog

extension LogKey {
    static let method: LogKey = "method"
    static let route: LogKey = "route"
    static let status: LogKey = "status"
    static let durationMilliseconds: LogKey = "duration_ms"
    static let traceID: LogKey = "trace_id"
    static let owner: LogKey = "owner"
    /// The address of a connection.
    static let peer: LogKey = "peer"
    /// The identifier that links the lines of a request.
    package static let correlationID: LogKey = "correlation_id"
    /// What went wrong.
    package static let failure: LogKey = "failure"
}
