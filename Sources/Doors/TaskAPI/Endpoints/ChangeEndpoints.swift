import Dapr
import DaprHTTP
import DaprJSON
import DaprText
import TaskJSON
import Tasks
import WebFront

/// The endpoints for changes, to all tasks of an owner and to a single task, under both path families.
struct ChangeEndpoints: Sendable {
    let service: any ChangeFeed
    /// Sign the cursors of histories.
    let signers: TaskSigners

    /// Each row twice: without and with the user in the path.
    var endpoints: [Endpoint] {
        [
            changesRow.endpoint(under: "/api/changes", named: "", with: []),
            changesRow.endpoint(under: "/api/{user_id}/changes", named: "OfUser", with: [.userID]),
            historyRow.endpoint(under: "/api/tasks/{id}/history", named: "", with: []),
            historyRow.endpoint(under: "/api/{user_id}/tasks/{id}/history", named: "OfUser", with: [.userID]),
        ]
    }

    private var changesRow: TaskEndpoints.Row {
        TaskEndpoints.Row(
            .get,
            "",
            Operation(
                id: "listChanges",
                summary: "What happened to the tasks since a change",
                description:
                    "Every change after `since`, without gaps and deletions among them: to keep a copy in step, apply them and ask again with `next` while there is `more`. A page has about 1 MiB of text at most, however many changes were asked for. Strongly consistent.",
                tag: .tasks,
                example: .listChanges,
                parameters: [.since, .changeLimit],
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
            "",
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
        let query = try PageQuery(request, taking: ["since", "limit"], limits: PageQuery.changeLimits)
        let page: ChangePage
        do throws(TaskError) {
            page = try await service.changes(
                since: query.since,
                limit: query.limit,
                owner: owner,
                trace: CallerTrace(exchange.trace)
            )
        } catch {
            throw .query(error)
        }
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
        let query = try PageQuery(request, taking: ["cursor", "limit"], limits: PageQuery.historyLimits)
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

/// The start and the length of a page of changes.
private struct PageQuery {
    static let changeLimits = 1...1000
    static let historyLimits = 1...200
    static let defaultLimit = 50
    /// The largest integer that JSON carries exactly.
    static let lastSequence = 1 << 53

    var since = 0
    var cursor: String?
    var limit = PageQuery.defaultLimit

    /// Reads the query; an error lists everything that is wrong with it.
    init(_ request: HTTPRequest, taking names: [String], limits: ClosedRange<Int>) throws(WebFault) {
        guard let items = request.queryItems() else { throw .malformedQuery }
        var faults: [FieldFault] = []
        var seen: Set<ExactText> = []
        for (name, value) in items {
            guard names.contains(name) else {
                faults.append(FieldFault(name, .unknownField, "This takes \(names.joined(separator: ", "))."))
                continue
            }
            guard seen.insert(ExactText(name)).inserted else {
                faults.append(FieldFault(name, .duplicate, "Give this once."))
                continue
            }
            switch (name, Int(value)) {
            case ("cursor", _): cursor = value
            case ("since", let number?) where (0...Self.lastSequence).contains(number): since = number
            case ("limit", let number?) where limits.contains(number): limit = number
            case ("limit", _):
                faults.append(
                    FieldFault(name, .outOfRange, "Give a number from \(limits.lowerBound) to \(limits.upperBound).")
                )
            default: faults.append(FieldFault(name, .outOfRange, "Give a whole number from 0 to \(Self.lastSequence)."))
            }
        }
        guard faults.isEmpty else { throw .invalidParameters(faults) }
    }
}

extension Parameter {
    fileprivate static let since = Parameter(
        name: "since",
        place: .query,
        description: "The `next` of the page before, or the `sequence` of the last change that is known; 0 for all.",
        schema: .object([
            "type": "integer", "minimum": 0, "maximum": .integer(PageQuery.lastSequence), "default": 0,
        ])
    )
    fileprivate static let changeLimit = limit(PageQuery.changeLimits)
    fileprivate static let historyLimit = limit(PageQuery.historyLimits)
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
                "default": .integer(PageQuery.defaultLimit),
            ])
        )
    }
}
