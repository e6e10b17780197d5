import Dapr
import JSON
import Log
import Metrics
import Tasks

/// Watches our own topic: counts the changes by type, and whether each owner's sequence is without gaps.
struct TaskEventObserver: Sendable {
    let topic: TopicName
    let logger: Logger
    let events: Counter
    let sequences: Counter
    let watch: SequenceWatch

    /// What becomes of one delivery: a change that can be read is done with, anything else is dropped with a log line.
    func observe(_ body: [UInt8], _ exchange: Exchange) -> TopicEventAnswer {
        let event: CloudEvent
        do throws(CloudEventError) {
            event = try CloudEvent(decoding: body)
        } catch {
            return drop("unreadable", eventID: "", "\(error)", exchange)
        }
        guard let owner = event.extensions["owner"]?.stringValue,
            let sequence = event.extensions["sequence"]?.wholeNumber, sequence > 0
        else { return drop("unreadable", eventID: event.id, "owner or sequence is missing", exchange) }
        let outcome = watch.note(owner: owner, sequence: sequence)
        sequences.increment(outcome.rawValue)
        // Types come from outside; only those we publish become labels.
        let type = Self.types.contains(event.type) ? event.type : "other"
        events.increment(topic.rawValue, type, TopicEventAnswer.success.rawValue)
        return .success
    }

    private static let types = Set(TaskChange.Kind.allCases.map { "task.\($0.rawValue)" })

    private func drop(_ type: String, eventID: String, _ reason: String, _ exchange: Exchange) -> TopicEventAnswer {
        events.increment(topic.rawValue, type, TopicEventAnswer.drop.rawValue)
        logger.warning(
            "event refused",
            [
                .topic: .string(topic.rawValue), .eventID: .string(eventID), .reason: .string(reason),
                .answer: .string(TopicEventAnswer.drop.rawValue),
                .correlationID: .string(exchange.correlationID.rawValue),
            ]
        )
        return .drop
    }
}

extension JSONValue {
    /// A whole number, written as one or as text: brokers that carry attributes as headers make text of numbers.
    fileprivate var wholeNumber: Int? { intValue ?? stringValue.flatMap { Int($0) } }
}
