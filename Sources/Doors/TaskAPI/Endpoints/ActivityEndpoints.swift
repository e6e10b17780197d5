import Dapr
import DaprHTTP
import DaprJSON
import Tasks
import WebFront

/// The endpoints for an owner's activity, under both path families.
struct ActivityEndpoints: Sendable {
    let activity: any ActivityService
    let now: @Sendable () -> Timestamp

    var endpoints: [Endpoint] { row.endpoints }

    private var row: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .get,
            "/activity",
            Operation(
                id: "getActivity",
                summary: "What was done: counts by day, streaks, last changes",
                description:
                    "Made of the published events, so it follows the tasks after a moment: `sequence` says which change is the last in it. Days are those of UTC.",
                tag: .tasks,
                example: .getActivity,
                successes: [.json(.ok, "The activity.", schema: "Activity")],
                refusals: TaskEndpoints.Row.readRefusals
            ),
            answer
        )
    }

    private func answer(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let found: Activity
        do throws(TaskError) {
            found = try await activity.activity(of: owner, trace: CallerTrace(exchange.trace))
        } catch {
            throw .task(error)
        }
        return HTTPResponse(
            .ok,
            headers: ["Content-Type": "application/json", "Cache-Control": "private, no-cache"],
            body: found.json(today: UTCDay(of: now()))
        )
    }
}

extension Activity {
    /// The activity as answered on the day `today`.
    ///
    ///     {"days":[{"completed":2,"created":1,"date":"2026-01-02","deleted":0,"reopened":0}],
    ///      "recent":[{"sequence":7,"task_id":"…","time":"…Z","title":"Buy milk","type":"task.completed"}],
    ///      "sequence":7,"streak":{"current":2,"longest":5},"today":"2026-01-02"}
    func json(today: UTCDay) -> [UInt8] {
        let days = days(upTo: today).map { day -> JSONValue in
            [
                "date": .string(day.day.text), "created": .integer(day.counts.created),
                "completed": .integer(day.counts.completed), "reopened": .integer(day.counts.reopened),
                "deleted": .integer(day.counts.deleted),
            ]
        }
        let changes = recent.reversed().map { change -> JSONValue in
            [
                "sequence": .integer(change.sequence), "time": .string(change.time.text),
                "type": .string(change.kind.eventType), "task_id": .string(change.taskID.rawValue),
                "title": .string(change.title),
            ]
        }
        let answer: JSONValue = .object([
            "sequence": .integer(sequence), "today": .string(today.text), "days": .array(days),
            "recent": .array(changes),
            "streak": [
                "current": .integer(currentStreak(on: today)), "longest": .integer(longest?.days ?? 0),
            ],
        ])
        return answer.serialized()
    }
}
