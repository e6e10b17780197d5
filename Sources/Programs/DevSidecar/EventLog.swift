import DaprLog
import DaprSidecar

extension LogKey {
    fileprivate static let app: LogKey = "app"
    fileprivate static let appID: LogKey = "app_id"
    fileprivate static let instance: LogKey = "instance"
    fileprivate static let scope: LogKey = "scope"
    fileprivate static let version: LogKey = "ver"
    fileprivate static let component: LogKey = "component"
    fileprivate static let fault: LogKey = "fault"
    fileprivate static let file: LogKey = "file"
    fileprivate static let job: LogKey = "job"
    fileprivate static let deadLetterTopic: LogKey = "dead_letter_topic"
    static let flag: LogKey = "flag"
    static let port: LogKey = "port"
    fileprivate static let pubsub: LogKey = "pubsub"
    static let reason: LogKey = "reason"
    fileprivate static let topic: LogKey = "topic"
    fileprivate static let componentType: LogKey = "component_type"
    fileprivate static let type: LogKey = "type"
}

/// What daprd adds to every line with `--log-as-json`.
enum DaprLogFields {
    private static let host = "/proc/sys/kernel/hostname"

    /// `app_id`, `instance` (the machine), `scope`, `type` and `ver`.
    static func all(appID: String, files: any ResourceFiles = LocalFiles()) -> LogFields {
        let name = files.bytes(of: host).map { String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self) } ?? ""
        return [
            .appID: .string(appID), .instance: .string(name), .scope: "dapr.runtime", .type: "log",
            .version: .string(RuntimeConfiguration(appID: appID).runtimeVersion),
        ]
    }
}

extension Logger {
    /// Logs what happened in the runtime.
    func log(_ event: RuntimeEvent) {
        switch event {
        case .configurationPartUnused(let part):
            warning("part of the configuration has no effect here", [.reason: .string(part)])
        case .componentPartUnused(let name, let part):
            warning(
                "part of the component has no effect here",
                [.component: .string(name), .reason: .string(part)]
            )
        case .resourceSkipped(let error): warning("resource, or a part of it, left out", [.reason: .string("\(error)")])
        case .componentLoaded(let name, let type):
            info("component loaded", [.component: .string(name), .componentType: .string(type)])
        case .componentIgnored(let error):
            warning("component ignored, as it says itself", [.reason: .string("\(error)")])
        case .waitingForApp(let port): info("waiting for the app to listen", [.port: .int(port)])
        case .appReady: info("the app is ready")
        case .appHealthChanged(let isHealthy):
            if isHealthy { info("the app is well") } else { warning("the app is unwell: nothing is delivered") }
        case .subscriptionsUnreadable(let reason):
            error("the app's subscriptions are unusable: nothing is delivered", [.reason: .string(reason)])
        case .subscriptionIgnored(let pubsub, let topic, let reason):
            warning(
                "subscription ignored",
                [.pubsub: .string(pubsub), .topic: .string(topic), .reason: .string(reason)]
            )
        case .subscribed(let pubsub, let topic): info("subscribed", [.pubsub: .string(pubsub), .topic: .string(topic)])
        case .deliveryFailed(let pubsub, let topic, let reason, let deadLetterTopic):
            error("event not delivered", Self.fields(pubsub, topic, reason, deadLetterTopic))
        case .deliveryDropped(let pubsub, let topic, let reason, let deadLetterTopic):
            warning("event dropped by the app", Self.fields(pubsub, topic, reason, deadLetterTopic))
        case .jobsKept(let file?): info("jobs are kept in a file", [.file: .string(file)])
        case .jobsKept(nil):
            warning("jobs are kept in memory only and end with the sidecar: name a file by --jobs-file")
        case .jobNotKept(let name, let reason):
            error("job not kept", [.job: .string(name), .reason: .string(reason)])
        case .jobFailed(let name, let reason):
            warning("job not done", [.job: .string(name), .reason: .string(reason)])
        case .jobUnknown(let name):
            warning("the app has no handler for a job, which is done with", [.job: .string(name)])
        case .deadLetterFailed(let pubsub, let topic, let reason):
            error("event not sent to its dead letter topic", Self.fields(pubsub, topic, reason, nil))
        }
    }

    /// Logs what a fault plan did.
    func log(_ fault: FaultRecord) { warning("fault injected", [.fault: .string("\(fault)")]) }

    private static func fields(
        _ pubsub: String,
        _ topic: String,
        _ reason: String,
        _ deadLetterTopic: String?
    ) -> LogFields {
        var fields: LogFields = [.pubsub: .string(pubsub), .topic: .string(topic), .reason: .string(reason)]
        if let deadLetterTopic { fields[.deadLetterTopic] = .string(deadLetterTopic) }
        return fields
    }
}
