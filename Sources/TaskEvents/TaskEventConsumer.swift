import Dapr
import DaprText
import JSON
import Log
import Metrics
import Tasks
import WebFront

/// Feeds the activity of owners from our own topic, each change once.
///
/// A change that is counted, now or before, is done with. One that the journal does not have yet, or for which the time was too short, comes
/// again.
struct TaskEventConsumer: Sendable {
    let activity: any ActivityService
    let topic: TopicName
    let logger: Logger
    let events: Counter
    let sequences: Counter
    /// How long the sidecar waits for the answer to a delivery, with room for the way.
    let deliveryTime: Duration

    /// What becomes of each message of a delivery; an owner's changes are counted together.
    func consume(_ delivery: EventDelivery, _ exchange: Exchange) async -> [UInt8] {
        let messages = delivery.messages
        let changes = messages.map { message in
            if case .event(let event) = message { OwnedChange(event) } else { OwnedChange?.none }
        }
        let answers = await sideBySide(messages.count) {
            changes[$0]?.owner
        } work: { owner, members in
            guard let owner else { return members.map { drop(messages[$0], exchange) } }
            return await note(members.compactMap { changes[$0]?.change }, of: owner, exchange)
        }
        return delivery.body(answers.map { $0 ?? .retry })
    }

    private func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        _ exchange: Exchange
    ) async -> [TopicEventAnswer] {
        do throws(TaskError) {
            let receipt = try await activity.note(
                changes,
                of: owner,
                trace: exchange.trace.traceparent,
                until: exchange.started + deliveryTime
            )
            var seen: Set<Int> = []
            return changes.map { change in
                let isGap = change.sequence > receipt.after
                // The same change twice in one delivery is counted once.
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

    private func drop(_ message: EventDelivery.Message, _ exchange: Exchange) -> TopicEventAnswer {
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

/// A change with its owner, as an event tells it.
private struct OwnedChange: Sendable {
    /// The greatest number that JSON carries exactly.
    private static let lastSequence = 1 << 53

    let owner: OwnerID
    let change: ActivityChange

    /// Nil for an event that is none of our changes.
    init?(_ event: CloudEvent) {
        guard event.type.hasBytePrefix("task."),
            let kind = TaskChange.Kind(rawValue: String(event.type.droppingBytes(5))),
            let owner = event.extensions["owner"]?.stringValue.flatMap({ OwnerID($0) }),
            let sequence = event.extensions["sequence"]?.wholeNumber,
            (1...OwnedChange.lastSequence).contains(sequence),
            let time = event.time.flatMap(Timestamp.init(parsing:)),
            let task = event.subject.flatMap({ TaskID($0) }), let title = event.data?["title"]?.stringValue
        else { return nil }
        self.owner = owner
        change = ActivityChange(sequence: sequence, time: time, kind: kind, taskID: task, title: title)
    }
}

extension JSONValue {
    /// A whole number, written as one or as text: brokers that carry attributes as headers make text of numbers.
    fileprivate var wholeNumber: Int? { intValue ?? stringValue.flatMap { Int($0) } }
}
