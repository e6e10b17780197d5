import Dapr
import DaprJSON

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

    /// Reads a delivery; nil when it should be a bulk one, and is none.
    ///
    /// - Parameters:
    ///   - body: the request's.
    ///   - isBulk: whether it is one of many messages.
    ///   - isRaw: whether the subscription is raw: messages come byte for byte, a single one in an envelope of the sidecar's.
    init?(_ body: [UInt8], isBulk: Bool, isRaw: Bool = false) {
        guard isBulk else {
            bulk = nil
            // A body that is no event is a message all the same.
            let message = EventDelivery.message(body)
            if isRaw, case .event(let envelope) = message, let bytes = envelope.dataBase64 {
                messages = [EventDelivery.message(bytes)]
            } else {
                messages = [message]
            }
            return
        }
        guard let bulk = try? BulkTopicDelivery(decoding: body) else { return nil }
        self.bulk = bulk
        messages = bulk.entries.map { entry in
            switch entry.content {
            case .event(let event): .event(event)
            case .bytes(let bytes): EventDelivery.message(bytes)
            case .unreadable(let error): .unreadable(UnreadableMessage.event(for: entry.value), error)
            }
        }
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
