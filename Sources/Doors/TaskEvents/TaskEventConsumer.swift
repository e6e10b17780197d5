import Dapr
import DaprLog
import DaprMetrics
import OpenTelemetry
import Tasks
import WebFront

/// Feeds the activity of owners from our own topic, each change once.
///
/// A change that is counted, now or earlier, is acknowledged. One that the journal does not have yet, or for which the
/// time was too short, is delivered again.
struct TaskEventConsumer: Sendable {
    let activity: any ActivityService
    let topic: TopicName
    let logger: Logger
    let events: Counter
    let sequences: Counter
    /// How long to work on a delivery: the sidecar's timeout, less a margin.
    let deliveryTime: Duration
    let spans: DeliverySpans

    /// Handles the messages of a delivery and answers each; an owner's changes are counted together.
    func consume(_ delivery: ChangeDelivery, _ exchange: Exchange) async -> [UInt8] {
        let messages = delivery.messages
        let span = spans.begin(messages.compactMap { $0.change?.traceparent }, in: exchange)
        let trace = CallerTrace(span?.context ?? exchange.trace)
        let answers = await sideBySide(messages.count) {
            messages[$0].change?.owner
        } work: { owner, members in
            guard let owner else { return members.compactMap { drop(messages[$0], exchange) } }
            return await note(members.compactMap { messages[$0].change?.change }, of: owner, trace, exchange)
        }.map { $0 ?? .retry }
        spans.end(span, answers)
        return delivery.body(answers)
    }

    private func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        _ trace: CallerTrace,
        _ exchange: Exchange
    ) async -> [TopicEventAnswer] {
        do throws(TaskError) {
            let receipt = try await activity.note(
                changes,
                of: owner,
                trace: trace,
                until: exchange.started + deliveryTime
            )
            var seen: Set<Int> = []
            return changes.map { change in
                let isGap = change.sequence > receipt.after
                // A change that a delivery holds twice is counted once.
                let isRepeated = change.sequence <= receipt.before || !seen.insert(change.sequence).inserted
                sequences.increment(isGap ? "gap" : isRepeated ? "repeated" : "counted")
                return answer(isGap ? .retry : .success, change.kind)
            }
        } catch {
            logger.warning(
                "changes were not counted and come again",
                [
                    .topic: .string(topic.rawValue), .reason: .string(error.description),
                    .correlationID: .string(exchange.correlationID.rawValue),
                ]
            )
            return changes.map { answer(.retry, $0.kind) }
        }
    }

    /// Drops a message that is not one of our changes; `nil` for one that is.
    private func drop(_ message: ChangeDelivery.Message, _ exchange: Exchange) -> TopicEventAnswer? {
        guard case .other(let message) = message else { return nil }
        let reason =
            if case .unreadable(_, let error) = message { "\(error)" } else { "it is not one of our changes" }
        events.increment(topic.rawValue, "unreadable", TopicEventAnswer.drop.rawValue)
        logger.warning(
            "event refused",
            [
                .topic: .string(topic.rawValue), .eventID: .string(message.event.id), .reason: .string(reason),
                .answer: .string(TopicEventAnswer.drop.rawValue),
                .correlationID: .string(exchange.correlationID.rawValue),
            ]
        )
        return .drop
    }

    private func answer(_ answer: TopicEventAnswer, _ kind: TaskChange.Kind) -> TopicEventAnswer {
        events.increment(topic.rawValue, "task.\(kind.rawValue)", answer.rawValue)
        return answer
    }
}
