import DaprLog

extension LogKey {
    static let endpoint: LogKey = "endpoint"
    static let reason: LogKey = "reason"
    static let waitedSeconds: LogKey = "waited_s"
    static let limitSeconds: LogKey = "limit_s"
}
