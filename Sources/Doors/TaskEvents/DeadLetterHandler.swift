package import Dapr
import DaprJSON
package import Tasks

/// Where events go that nobody can handle, and what keeps them.
package struct DeadLetterHandler: Sendable {
    /// Publishes an event to a topic.
    package typealias Publish =
        @Sendable (_ event: CloudEvent, _ topic: TopicName, _ partitionKey: String?) async throws(DaprError) -> Void
    /// Keeps events that came to the dead letter topic of a topic; it says whether they are kept.
    package typealias Keep = @Sendable (_ events: [CloudEvent], _ topic: TopicName) async -> Bool

    /// The longest event, in bytes, that is put on a dead letter topic with why it was refused: what a message may have, without room for that.
    static let eventLimit = DeliveryBounds.bulkMessage - DeliveryBounds.envelope

    private let publish: Publish
    private let now: @Sendable () -> Timestamp
    /// Keeps events that came to the dead letter topic of a topic.
    let keep: Keep

    /// Makes a handler of what it works with.
    package init(now: @escaping @Sendable () -> Timestamp, publish: @escaping Publish, keep: @escaping Keep) {
        self.now = now
        self.publish = publish
        self.keep = keep
    }

    /// Makes a handler that publishes through the sidecar.
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

    /// Puts an event on a dead letter topic, with why.
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
    /// A word that stays the same over versions.
    let code: String
    /// A sentence for people, that names fields and never what they hold.
    let reason: String
    /// Whether the same event can be accepted later.
    var isTemporary = false

    /// The longest sentence, in bytes: a field's name can come from outside.
    private static let reasonLimit = 500

    init(_ code: String, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// The refusal of a command by the domain or its store, with the code that HTTP clients see.
    init(_ error: TaskError) {
        code = error.code
        let description = error.description
        reason =
            description.utf8.count <= EventRefusal.reasonLimit
            ? description : String(decoding: description.utf8.prefix(EventRefusal.reasonLimit), as: UTF8.self) + "…"
        isTemporary = error.isTemporary
    }
}
