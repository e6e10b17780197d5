package import DaprLog

extension LogKey {
    static let method: LogKey = "method"
    static let route: LogKey = "route"
    static let status: LogKey = "status"
    static let durationMilliseconds: LogKey = "duration_ms"
    static let traceID: LogKey = "trace_id"
    /// The address of a connection.
    static let peer: LogKey = "peer"
    /// The user, as ``UserHash`` names them.
    static let user: LogKey = "user"
    /// Who acts for the user, or else what the client calls itself.
    static let agent: LogKey = "agent"
    static let bytesIn: LogKey = "bytes_in"
    static let bytesOut: LogKey = "bytes_out"
    /// The events that a stream has sent, and why it ended.
    static let events: LogKey = "events"
    static let end: LogKey = "end"
    /// The share of such requests that has a line, when not all have.
    static let sample: LogKey = "sample"
    /// The identifier that links the lines of a request.
    package static let correlationID: LogKey = "correlation_id"
    /// What went wrong.
    package static let failure: LogKey = "failure"
}
