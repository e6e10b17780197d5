package import Dapr
internal import DaprJSON
internal import Tasks

/// Sends dead letters to the topics they came from.
package struct DeadLetterRedrive: Sendable {
    private let letters: DeadLetterStore
    private let pubsub: PubSubName

    /// Creates a redrive of the dead letters in a store; makes no call yet.
    package init(_ letters: DeadLetterStore, pubsub: PubSubName) {
        self.letters = letters
        self.pubsub = pubsub
    }

    /// The outcome for one dead letter.
    package enum Outcome: String, Sendable {
        /// The event was published, and the letter was removed.
        case redriven
        /// The event was published, but came back before its letter could be removed; the letter is kept.
        case cameBack = "came back"
    }

    /// Publishes the event as it was before it was refused, then removes the letter.
    ///
    /// Repeating this after any failure is safe: the event keeps its id, so a command that was carried out is not
    /// carried out again.
    package func redrive(_ id: String) async throws(DeadLetterError) -> Outcome {
        let letter = try await letters.letter(id)
        guard !letter.isCut else { throw .cut(id) }
        do throws(DaprError) {
            try await publish(letter)
        } catch {
            throw .sidecar(error)
        }
        return try await letters.remove(id, unlessCameAfter: letter.arrivals) ? .redriven : .cameBack
    }

    private func publish(_ letter: DeadLetter) async throws(DaprError) {
        guard letter.event.extensions[DeadLetterAttribute.raw.rawValue] == nil else {
            // The event wraps a message that was no CloudEvent.
            let bytes = letter.event.dataBase64 ?? letter.event.data?.serialized() ?? []
            let isJSON = letter.event.dataBase64 == nil
            return try await letters.dapr.publishEvent(
                bytes: bytes,
                contentType: isJSON ? "application/json" : "application/octet-stream",
                to: letter.topic,
                in: pubsub,
                metadata: ["rawPayload": "true"]
            )
        }
        let event = DeadLetterRedrive.original(of: letter.event)
        let owner = (event.extensions["owner"] ?? event.data?["user_id"])?.stringValue.flatMap { OwnerID($0) }
        try await letters.dapr.publishEvent(
            event,
            to: letter.topic,
            in: pubsub,
            metadata: owner.map { ["partitionKey": $0.keyComponent] } ?? [:]
        )
    }

    /// The event without the attributes that it got on its way to the dead letter topic.
    static func original(of event: CloudEvent) -> CloudEvent {
        var event = event
        for attribute in DeadLetterAttribute.allCases { event.extensions[attribute.rawValue] = nil }
        // An expired event must be handled too when someone sends it again; Dapr sets the topic anew.
        event.extensions["expiration"] = nil
        event.topic = nil
        event.pubsubname = nil
        return event
    }
}
