import Dapr
import DaprLog
import DaprMetrics
import OpenTelemetry
import Synchronization
import Tasks
import WebFront

/// Carries out commands that other services send as events to `task-commands`.
///
/// The event's id is the idempotency key, so a redelivered event is carried out once. Commands of one owner in a
/// delivery run in order and share commits; those of different owners run side by side. An event that can never be
/// accepted goes to the dead letter topic with the reason. One that may be accepted later is delivered again, and so
/// are the owner's events behind it.
struct TaskCommandConsumer: Sendable {
    let service: any TaskService
    let topic: TopicName
    let deadLetterTopic: TopicName
    let handler: DeadLetterHandler
    let logger: Logger
    let events: Counter
    let refusals: Counter
    let commandDeadline: Duration
    /// How long to work on a delivery: the sidecar's timeout, less a margin.
    let deliveryTime: Duration
    let spans: DeliverySpans

    /// Handles the messages of a delivery, and answers each.
    func consume(_ delivery: EventDelivery, _ exchange: Exchange) async -> [UInt8] {
        let messages = delivery.messages
        let deadline = exchange.started + min(deliveryTime, commandDeadline)
        let answers = await sideBySide(messages.count) {
            TaskCommandEvent.ownerName(of: messages[$0].event)
        } work: {
            _,
            members in
            await consume(members.map { messages[$0] }, deadline, exchange)
        }
        return delivery.body(answers.map { $0 ?? .retry })
    }

    /// Starts an owner's commands one after another, each as soon as the one before is queued.
    ///
    /// Waiting for the commit instead would let a slow store use up the time of the commands behind it.
    private func consume(
        _ messages: [EventDelivery.Message],
        _ deadline: ContinuousClock.Instant,
        _ exchange: Exchange
    ) async -> [TopicEventAnswer] {
        // A single command needs no task of its own.
        if messages.count == 1, ContinuousClock.now < deadline {
            return [await consume(messages[0], deadline, exchange) {}]
        }
        let comesAgain = ComesAgain()
        return await withTaskGroup(of: (Int, TopicEventAnswer).self) { tasks in
            var answers = [TopicEventAnswer?](repeating: nil, count: messages.count)
            for (index, message) in messages.enumerated() {
                // If an event is delivered again, those behind it must be too, or they would overtake it.
                guard !comesAgain.isTrue.load(ordering: .acquiring), ContinuousClock.now < deadline else { break }
                let isQueued = Latch()
                tasks.addTask {
                    let answer = await consume(message, deadline, exchange) { isQueued.open() }
                    if answer == .retry { comesAgain.isTrue.store(true, ordering: .releasing) }
                    isQueued.open()
                    return (index, answer)
                }
                await isQueued.wait()
            }
            for await (index, answer) in tasks { answers[index] = answer }
            return zip(answers, messages).map { answer, message in answer ?? note(.retry, message.event) }
        }
    }

    private func consume(
        _ message: EventDelivery.Message,
        _ deadline: ContinuousClock.Instant,
        _ exchange: Exchange,
        whenQueued: @escaping @Sendable () -> Void
    ) async -> TopicEventAnswer {
        let span = spans.begin(message.event, in: exchange)
        let trace = span?.context ?? message.event.trace ?? exchange.trace
        let answer = await consume(message, trace, deadline, exchange, whenQueued)
        spans.end(span, [answer])
        return answer
    }

    private func consume(
        _ message: EventDelivery.Message,
        _ trace: TraceContext,
        _ deadline: ContinuousClock.Instant,
        _ exchange: Exchange,
        _ whenQueued: @escaping @Sendable () -> Void
    ) async -> TopicEventAnswer {
        let event = message.event
        do throws(EventRefusal) {
            if case .unreadable(_, let error) = message { throw EventRefusal("NOT_A_CLOUDEVENT", "\(error)") }
            try await perform(TaskCommandEvent(event), trace, deadline, whenQueued)
            return note(.success, event)
        } catch {
            return await refuse(event, error, exchange)
        }
    }

    private func perform(
        _ command: TaskCommandEvent,
        _ trace: TraceContext,
        _ deadline: ContinuousClock.Instant,
        _ whenQueued: @escaping @Sendable () -> Void
    ) async throws(EventRefusal) {
        var context = CommandContext(
            actor: command.owner,
            channel: .event,
            conditions: command.conditions,
            idempotencyKey: command.key,
            trace: CallerTrace(trace),
            deadline: deadline
        )
        context.whenQueued = whenQueued
        do throws(TaskError) {
            _ = try await service.perform(command.command, owner: command.owner, context: context)
        } catch {
            throw EventRefusal(error)
        }
    }

    private func refuse(
        _ event: CloudEvent,
        _ refusal: EventRefusal,
        _ exchange: Exchange
    ) async -> TopicEventAnswer {
        refusals.increment(refusal.code)
        var answer = TopicEventAnswer.retry
        if !refusal.isTemporary, DeliveryBounds.escapedCount(event.encoded()) > DeadLetterHandler.eventLimit {
            // No broker takes it with the reason added, so the sidecar moves it to the dead letter topic unchanged.
            answer = .drop
        } else if !refusal.isTemporary {
            do throws(DaprError) {
                try await handler.refuse(event, refusal, to: deadLetterTopic)
                answer = .success
            } catch {
                logger.warning(
                    "a refused event could not be put on the dead letter topic and comes again",
                    [.topic: .string(deadLetterTopic.rawValue), .failure: .string("\(error)")]
                )
            }
        }
        logger.warning(
            "event refused",
            [
                .topic: .string(topic.rawValue), .eventID: .string(event.id), .code: .string(refusal.code),
                .reason: .string(refusal.reason), .answer: .string(answer.rawValue),
                .correlationID: .string(exchange.correlationID.rawValue),
            ]
        )
        return note(answer, event)
    }

    private func note(_ answer: TopicEventAnswer, _ event: CloudEvent) -> TopicEventAnswer {
        // Types come from outside, so only known ones become labels.
        events.increment(
            topic.rawValue,
            TaskCommandEvent.Kind(rawValue: event.type)?.rawValue ?? "other",
            answer.rawValue
        )
        return answer
    }
}

/// Whether one of an owner's commands will be delivered again.
private final class ComesAgain: Sendable {
    let isTrue = Atomic(false)
}
