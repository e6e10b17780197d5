import Dapr
import JSON

/// What the sidecar brings with one request: one event, or many of a bulk subscription.
struct EventDelivery: Sendable {
    /// One message, which is an event or is none.
    enum Message: Sendable {
        case event(CloudEvent)
        /// An event made to stand for the message, and why the message is none.
        case unreadable(CloudEvent, CloudEventError)

        /// The event, or the one that stands for it.
        var event: CloudEvent {
            switch self {
            case .event(let event), .unreadable(let event, _): event
            }
        }
    }

    /// The messages, in the order of the delivery.
    let messages: [Message]
    /// The delivery, when it is a bulk one.
    private let bulk: BulkTopicDelivery?

    /// Reads a delivery to a subscription of CloudEvents.
    init(_ body: [UInt8]) {
        // A body that is no bulk delivery is a single message, whatever it is.
        bulk = try? BulkTopicDelivery(decoding: body)
        guard let bulk else {
            messages = [EventDelivery.message(body)]
            return
        }
        messages = bulk.entries.map { entry in
            switch entry.content {
            case .event(let event): .event(event)
            case .bytes(let bytes): EventDelivery.message(bytes)
            case .unreadable(let error): .unreadable(UnreadableMessage.event(for: entry.value), error)
            }
        }
    }

    /// Reads a delivery to a raw subscription: messages byte for byte, each alone in an envelope of the sidecar's or in a bulk delivery.
    init(raw body: [UInt8]) {
        guard (try? BulkTopicDelivery(decoding: body)) == nil else {
            self.init(body)
            return
        }
        let message = EventDelivery.message(body)
        if case .event(let envelope) = message, let bytes = envelope.dataBase64 {
            self.init(single: EventDelivery.message(bytes))
        } else {
            self.init(single: message)
        }
    }

    private init(single message: Message) {
        bulk = nil
        messages = [message]
    }

    /// The body that answers each message, in the order of the messages; what has no answer shall come again.
    func body(_ answers: [TopicEventAnswer]) -> [UInt8] {
        guard let bulk else { return (answers.first ?? .retry).body }
        var rest = answers[...]
        return bulk.answerBody { _ in rest.popFirst() ?? .retry }
    }

    private static func message(_ bytes: [UInt8]) -> Message {
        do throws(CloudEventError) {
            return .event(try CloudEvent(decoding: bytes))
        } catch {
            return .unreadable(UnreadableMessage.event(for: bytes), error)
        }
    }
}
