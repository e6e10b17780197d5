import DaprLog

extension LogKey {
    static let eventID: LogKey = "event_id"
    static let topic: LogKey = "topic"
    static let reason: LogKey = "reason"
    static let code: LogKey = "code"
    static let answer: LogKey = "answer"
}
