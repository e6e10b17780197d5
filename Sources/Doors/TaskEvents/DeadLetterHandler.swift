package import Dapr
import DaprJSON
package import Tasks

/// Publishes events that nobody can handle to dead letter topics, and keeps those that arrive there.
package struct DeadLetterHandler: Sendable {
    /// Publishes an event to a topic.
    package typealias Publish =
        @Sendable (_ event: CloudEvent, _ topic: TopicName, _ partitionKey: String?) async throws(DaprError) -> Void
    /// Keeps events from the dead letter topic of `topic`; returns whether they are kept.
    package typealias Keep = @Sendable (_ events: [CloudEvent], _ topic: TopicName) async -> Bool

    /// The most bytes of an event that is published to a dead letter topic with the reason for its refusal.
    ///
    /// It is the longest message of a broker, less the room for the reason.
    static let eventLimit = DeliveryBounds.bulkMessage - DeliveryBounds.envelope

    private let publish: Publish
    private let now: @Sendable () -> Timestamp
    /// Keeps events from a dead letter topic.
    let keep: Keep

    package init(now: @escaping @Sendable () -> Timestamp, publish: @escaping Publish, keep: @escaping Keep) {
        self.now = now
        self.publish = publish
        self.keep = keep
    }

    /// Creates a handler that publishes through the sidecar.
    package init(
        dapr: DaprClient,
        pubsub: PubSubName,
        now: @escaping @Sendable () -> Timestamp,
        keep: @escaping Keep
    ) {
        self.init(
            now: now,
            publish: { (event, topic, key) async throws(DaprError) in
                try await dapr.publishEvent(
                    event,
                    to: topic,
                    in: pubsub,
                    metadata: key.map { ["partitionKey": $0] } ?? [:]
                )
            },
            keep: keep
        )
    }

    /// Publishes an event to a dead letter topic, with the reason for its refusal.
    func refuse(_ event: CloudEvent, _ refusal: EventRefusal, to topic: TopicName) async throws(DaprError) {
        var event = event
        event.extensions[DeadLetterAttribute.code.rawValue] = .string(refusal.code)
        event.extensions[DeadLetterAttribute.reason.rawValue] = .string(refusal.reason)
        event.extensions[DeadLetterAttribute.time.rawValue] = .string(now().text)
        let owner = TaskCommandEvent.ownerName(of: event).flatMap { OwnerID($0) }
        try await publish(event, topic, owner?.keyComponent)
    }
}

/// Why an event was not accepted.
struct EventRefusal: Error, Equatable {
    /// A code that stays the same over versions.
    let code: String
    /// A sentence for people; it names fields but never shows their values.
    let reason: String
    /// Whether the same event may be accepted later.
    var isTemporary = false

    /// The most bytes of `reason`, which can contain the name of a field from outside.
    private static let reasonLimit = 500

    init(_ code: String, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Creates the refusal of a command by the domain or its store, with the code that HTTP clients see.
    init(_ error: TaskError) {
        code = error.code
        let description = error.description
        reason =
            description.utf8.count <= EventRefusal.reasonLimit
            ? description : String(decoding: description.utf8.prefix(EventRefusal.reasonLimit), as: UTF8.self) + "…"
        isTemporary = error.isTemporary
    }
}
