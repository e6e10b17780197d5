import Dapr
import DaprLog
import DaprMetrics
import WebFront

/// Keeps the messages from the dead letter topic of a topic.
struct DeadLetterConsumer: Sendable {
    /// The topic whose events could not be handled.
    let topic: TopicName
    let handler: DeadLetterHandler
    let logger: Logger
    let events: Counter

    /// Keeps every message, whatever it is; if that fails, all are delivered again.
    func consume(_ delivery: EventDelivery, _ exchange: Exchange) async -> [UInt8] {
        let isKept = await handler.keep(delivery.messages.map(\.event), topic)
        let answer: TopicEventAnswer = isKept ? .success : .retry
        if isKept {
            for message in delivery.messages {
                logger.warning(
                    "dead letter kept",
                    [
                        .topic: .string(topic.rawValue), .eventID: .string(message.event.id),
                        .correlationID: .string(exchange.correlationID.rawValue),
                    ]
                )
            }
        }
        for _ in delivery.messages { events.increment("\(topic.rawValue)-dead", "dead", answer.rawValue) }
        return delivery.body(delivery.messages.map { _ in answer })
    }
}
