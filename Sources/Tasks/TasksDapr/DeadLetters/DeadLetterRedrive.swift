package import Dapr
internal import DaprJSON
internal import Tasks

/// Sends dead letters to the topic they came from.
package struct DeadLetterRedrive: Sendable {
    private let letters: DeadLetterStore
    private let pubsub: PubSubName

    /// Makes one over the dead letters that are kept.
    package init(_ letters: DeadLetterStore, pubsub: PubSubName) {
        self.letters = letters
        self.pubsub = pubsub
    }

    /// What became of a dead letter.
    package enum Outcome: String, Sendable {
        /// It was published and is kept no more.
        case redriven
        /// It was published, and came back before it could be taken out; it is still kept.
        case cameBack = "came back"
    }

    /// Publishes the event as it was before it was refused, then takes it out.
    ///
    /// It may be repeated after any failure: the event keeps its id, by which a command that was carried out is not carried out again.
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
            // The event stands for a message that was none.
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

    /// The event without what its way to the dead letter topic left on it.
    static func original(of event: CloudEvent) -> CloudEvent {
        var event = event
        for attribute in DeadLetterAttribute.allCases { event.extensions[attribute.rawValue] = nil }
        // Someone wants it handled now, however long it should have lived; and Dapr writes the topic anew.
        event.extensions["expiration"] = nil
        event.topic = nil
        event.pubsubname = nil
        return event
    }
}
