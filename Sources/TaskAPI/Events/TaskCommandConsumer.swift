import Dapr
import JSON
import Log
import Metrics
import Tasks

/// Carries out commands that other services send as events to `task-commands`.
///
///     {"specversion":"1.0","id":"7f3c…","source":"/billing","type":"task.create",
///      "data":{"user_id":"demo","title":"Send the invoice"}}
///
/// The event's id is the idempotency key, so a redelivered event creates one task.
struct TaskCommandConsumer: Sendable {
    let service: any TaskService
    let topic: TopicName
    let logger: Logger
    let events: Counter
    let commandDeadline: Duration

    /// What becomes of one delivery: done, to be sent again, or, with a log line that says why, to the dead letter topic.
    func consume(_ body: [UInt8], _ exchange: Exchange) async -> TopicEventAnswer {
        let event: CloudEvent
        do throws(CloudEventError) {
            event = try CloudEvent(decoding: body)
        } catch {
            return answer(.drop, "unreadable", nil, exchange, reason: "\(error)")
        }
        guard event.type == Self.createType else {
            return answer(.drop, "other", event, exchange, reason: "the type is not \(Self.createType)")
        }
        do throws(Refusal) {
            try await create(event, exchange)
            return answer(.success, event.type, event, exchange)
        } catch {
            return answer(error.isTemporary ? .retry : .drop, event.type, event, exchange, reason: error.reason)
        }
    }

    private static let createType = "task.create"

    private struct Refusal: Error {
        let reason: String
        var isTemporary = false
    }

    private func create(_ event: CloudEvent, _ exchange: Exchange) async throws(Refusal) {
        guard (1...255).contains(event.id.utf8.count) else {
            throw Refusal(reason: "the id must have 1 to 255 bytes")
        }
        guard var data = event.data?.objectValue else { throw Refusal(reason: "data is not a JSON object") }
        guard let owner = data["user_id"]?.stringValue.flatMap({ OwnerID($0) }) else {
            throw Refusal(reason: "data.user_id is missing or no user's name")
        }
        data["user_id"] = nil
        do throws(TaskError) {
            let draft = try TaskDraft(fields: data.fields)
            _ = try await service.perform(
                .create(draft, id: nil),
                owner: owner,
                context: CommandContext(
                    actor: owner,
                    channel: .event,
                    idempotencyKey: event.id,
                    trace: exchange.trace.traceparent,
                    deadline: .now + commandDeadline
                )
            )
        } catch {
            // The description of a fault names fields and codes, never what they hold.
            throw Refusal(reason: error.description, isTemporary: error.isTemporary)
        }
    }

    private func answer(
        _ answer: TopicEventAnswer,
        _ type: String,
        _ event: CloudEvent?,
        _ exchange: Exchange,
        reason: String? = nil
    ) -> TopicEventAnswer {
        events.increment(topic.rawValue, type, answer.rawValue)
        guard let reason else { return answer }
        logger.warning(
            "event refused",
            [
                .topic: .string(topic.rawValue), .eventID: .string(event?.id ?? ""), .reason: .string(reason),
                .answer: .string(answer.rawValue), .correlationID: .string(exchange.correlationID.rawValue),
            ]
        )
        return answer
    }
}

extension TaskError {
    /// Whether the same command can succeed later, so that its event is worth sending again.
    var isTemporary: Bool {
        switch self {
        case .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled, .newerFormat: true
        case .notFound, .alreadyExists, .versionMismatch, .invalid, .keyReused, .limitExceeded, .unreadable: false
        }
    }
}
