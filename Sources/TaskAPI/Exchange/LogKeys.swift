import Log

extension LogKey {
    static let method: LogKey = "method"
    static let route: LogKey = "route"
    static let status: LogKey = "status"
    static let durationMilliseconds: LogKey = "duration_ms"
    static let correlationID: LogKey = "correlation_id"
    static let traceID: LogKey = "trace_id"
    static let owner: LogKey = "owner"
    static let eventID: LogKey = "event_id"
    static let eventType: LogKey = "event_type"
    static let topic: LogKey = "topic"
    static let reason: LogKey = "reason"
    static let code: LogKey = "code"
    static let answer: LogKey = "answer"
    static let endpoint: LogKey = "endpoint"
    static let waitedSeconds: LogKey = "waited_s"
    static let limitSeconds: LogKey = "limit_s"
    static let failure: LogKey = "failure"
}
