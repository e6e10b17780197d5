import Dapr
import DaprJSON

/// The content of one delivery by the sidecar: a single event, or the messages of a bulk subscription.
struct EventDelivery: Sendable {
    /// One message, which may not be an event.
    enum Message: Sendable {
        case event(CloudEvent)
        /// A substitute event for a message that is not an event, and the reason.
        case unreadable(CloudEvent, CloudEventError)

        /// The event or its substitute.
        var event: CloudEvent {
            switch self {
            case .event(let event), .unreadable(let event, _): event
            }
        }
    }

    /// The messages, in the order of the delivery.
    let messages: [Message]
    /// The bulk delivery, if it is one.
    private let bulk: BulkTopicDelivery?

    /// Reads a delivery; `nil` when a bulk delivery is expected and `body` is none.
    ///
    /// - Parameters:
    ///   - body: The body of the request.
    ///   - isBulk: Whether it is a bulk delivery.
    ///   - isRaw: Whether the subscription is raw: messages come byte for byte, a single one in an envelope by the
    ///     sidecar.
    init?(_ body: [UInt8], isBulk: Bool, isRaw: Bool = false) {
        guard isBulk else {
            bulk = nil
            // A body that is not an event still is a message.
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

    /// The body that answers each message, in order; a message without an answer is delivered again.
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
