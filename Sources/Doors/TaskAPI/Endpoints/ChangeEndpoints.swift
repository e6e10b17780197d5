import Dapr
import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

/// The endpoints for changes, to all tasks of an owner and to a single task, under both path families.
struct ChangeEndpoints: Sendable {
    let service: any ChangeFeed
    /// Sign the cursors of histories.
    let signers: TaskSigners
    /// Bounds how many wait for changes.
    let streams: EventStreams
    /// The longest that a request may wait for a change.
    let longestWait: Duration

    var endpoints: [Endpoint] { changesRow.endpoints + historyRow.endpoints }

    private var changesRow: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .get,
            "/changes",
            Operation(
                id: "listChanges",
                summary: "What happened to the tasks since a change",
                description:
                    "Every change after `since`, without gaps and deletions among them: to keep a copy in step, apply them and ask again with `next` while there is `more`, and then with `wait`. A page has about 1 MiB of text at most, however many changes were asked for. Strongly consistent.",
                tag: .tasks,
                example: .listChanges,
                parameters: [.since, .changeLimit, .wait],
                successes: [.json(.ok, "The changes, oldest first.", schema: "ChangePage")],
                refusals: TaskEndpoints.Row.readRefusals + [.invalidFields, .gone]
            ),
            changes,
            cost: .expensiveRead
        )
    }

    private var historyRow: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .get,
            "/tasks/{id}/history",
            Operation(
                id: "getTaskHistory",
                summary: "What happened to a task",
                description:
                    "Newest first, about 1 MiB of text a page. A deleted task is found while its deletion is among the owner's last \(HistoryPage.deletionSearch) changes.",
                tag: .tasks,
                example: .getTaskHistory,
                parameters: [.taskID, .historyCursor, .historyLimit],
                successes: [.json(.ok, "The changes.", schema: "HistoryPage")],
                refusals: TaskEndpoints.Row.readRefusals + [.notFound, .invalidFields]
            ),
            history,
            cost: .expensiveRead
        )
    }

    private func changes(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let query = try ChangeQuery(request, taking: [.since, .limit, .wait], limits: ChangeQuery.changeLimits)
        // Before the first look, so that no change is missed between it and the wait.
        let follower = query.wait.map { _ in service.live.follow(owner) }
        let place = query.wait == nil ? nil : try streams.place(of: principal)
        let page: ChangePage
        do throws(TaskError) {
            let trace = CallerTrace(exchange.trace)
            let now = try await service.changes(since: query.since, limit: query.limit, owner: owner, trace: trace)
            if let follower, now.changes.isEmpty {
                page = try await service.changes(
                    since: query.since,
                    limit: query.limit,
                    following: follower,
                    until: service.live.now + min(query.wait ?? .zero, longestWait),
                    trace: trace
                )
            } else {
                page = now
            }
        } catch {
            throw .query(error)
        }
        withExtendedLifetime(place) {}
        let next = page.changes.last?.change.sequence ?? query.since
        return answer([
            "changes": .array(page.changes.map(\.json)), "more": .bool(next < page.head), "next": .integer(next),
        ])
    }

    private func history(
        _ request: HTTPRequest,
        _ exchange: Exchange,
        _ principal: Principal
    ) async throws(WebFault) -> HTTPResponse {
        let owner = try principal.owner
        let query = try ChangeQuery(request, taking: [.cursor, .limit], limits: ChangeQuery.historyLimits)
        // A string that is not an identifier names no task, so it gets the same answer as a task that does not exist.
        guard let id = exchange.parameters["id"].flatMap({ TaskID($0) }) else { throw .noSuchTask }
        let cursor = try signers.opened(query.cursor, of: owner)
        let page: HistoryPage
        do throws(TaskError) {
            page = try await service.history(
                of: id,
                cursor: cursor,
                limit: query.limit,
                owner: owner,
                trace: CallerTrace(exchange.trace)
            )
        } catch {
            throw .query(error)
        }
        return answer([
            "changes": .array(page.changes.map(\.json)),
            "next_cursor": try signers.closed(page.nextCursor, of: owner).map { .string($0) } ?? .null,
        ])
    }

    private func answer(_ body: JSONObject) -> HTTPResponse {
        HTTPResponse(
            .ok,
            headers: ["Content-Type": "application/json", "Cache-Control": "private, no-cache"],
            body: JSONValue.object(body).serialized()
        )
    }
}

extension ChangeEndpoints {
    /// The schema of the answer to `GET /api/changes`.
    static let changePage: JSONValue = .object([
        "type": "object", "additionalProperties": false, "required": ["changes", "more", "next"],
        "properties": .object([
            "changes": list,
            "more": ["type": "boolean", "description": "Whether there are changes after these."],
            "next": ["type": "integer", "minimum": 0, "description": "What to give as `since` the next time."],
        ]),
    ])

    /// The schema of the answer to `GET /api/tasks/{id}/history`.
    static let historyPage: JSONValue = .object([
        "type": "object", "additionalProperties": false, "required": ["changes", "next_cursor"],
        "properties": .object([
            "changes": list,
            "next_cursor": [
                "type": ["string", "null"], "description": "For older changes; null when there are none.",
            ],
        ]),
    ])

    private static let list: JSONValue = .object([
        "type": "array", "items": TaskSchema.change(task: Schema.reference("Task")),
    ])
}

extension Parameter {
    fileprivate static let since = Parameter(
        name: "since",
        place: .query,
        description: "The `next` of the page before, or the `sequence` of the last change that is known; 0 for all.",
        schema: .object([
            "type": "integer", "minimum": 0, "maximum": .integer(ChangeQuery.sequences.upperBound), "default": 0,
        ])
    )
    fileprivate static let wait = Parameter(
        name: "wait",
        place: .query,
        description:
            "How many seconds to wait for a change when there is none after `since`; then the page is empty. It may be answered a little later, and earlier when the server stops.",
        schema: .object([
            "type": "integer", "minimum": .integer(ChangeQuery.waits.lowerBound),
            "maximum": .integer(ChangeQuery.waits.upperBound),
        ])
    )
    fileprivate static let changeLimit = limit(ChangeQuery.changeLimits)
    fileprivate static let historyLimit = limit(ChangeQuery.historyLimits)
    fileprivate static let historyCursor = Parameter(
        name: "cursor",
        place: .query,
        description: "`next_cursor` of the page before.",
        schema: ["type": "string", "minLength": 1]
    )

    private static func limit(_ limits: ClosedRange<Int>) -> Parameter {
        Parameter(
            name: "limit",
            place: .query,
            description: "How many changes a page may have.",
            schema: .object([
                "type": "integer", "minimum": .integer(limits.lowerBound), "maximum": .integer(limits.upperBound),
                "default": .integer(ChangeQuery.defaultLimit),
            ])
        )
    }
}
