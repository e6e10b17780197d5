import DaprHTTP
import DaprJSON
import DaprText
import Testing
import WebFront

/// What Ada has, whom nobody else may learn anything of, and for each parameter what of it could be asked for.
struct Planted {
    static let user = "ada.of.the.hidden.book"
    /// A name as long, of whom nothing was ever stored.
    static let nobody = "nob.of.the.absent.book"
    private static let word = "vermilion"
    private static let tag = "ada-tag-heliotrope"
    private static let description = "chartreuse description"
    private static let day = "2031-07-19"
    private static let correlation = "ada-correlation-cerulean"
    private static let trace = "00-adadadadadadadadadadadadadadadad-adadadadadadadad-01"

    private let handler: DoorHandler
    /// A task as Ada gets it, whose version is 5; with what no new task has.
    let task: JSONValue
    private let deleted: String
    private let listCursor: String
    private let searchCursor: String
    private let historyCursor: String
    private let listTag: String
    private let undoToken: String
    private let plan: String
    private let head: Int

    /// What an answer to anybody else must not have.
    var marks: [String] {
        [
            Planted.user, Planted.word, "Vermilion", Planted.tag, Planted.description, Planted.day, Planted.correlation,
            "adadadad", "ada-key-", deleted, listCursor, searchCursor, historyCursor, listTag, undoToken, plan,
        ] + ["id", "created_at", "updated_at"].compactMap { task[$0]?.stringValue }
    }

    /// Plants it through the API.
    init(by handler: DoorHandler) async throws {
        self.handler = handler
        func ada(
            _ method: HTTPMethod,
            _ path: String,
            _ body: JSONValue? = nil
        ) async throws -> (HTTPHeaders, JSONValue) {
            try await Planted.send(handler, method, path, body)
        }
        let draft: JSONValue = [
            "title": "Vermilion lamp", "description": .string(Planted.description), "tags": [.string(Planted.tag)],
            "due_date": .string(Planted.day), "priority": "high",
        ]
        let id = try #require(try await ada(.post, "/api/tasks", draft).1["id"]?.stringValue)
        deleted = try #require(try await ada(.post, "/api/tasks", draft).1["id"]?.stringValue)
        _ = try await ada(.post, "/api/tasks", draft)
        _ = try await ada(.delete, "/api/tasks/\(deleted)")
        _ = try await ada(.patch, "/api/tasks/\(id)", ["title": "Vermilion chair"])
        _ = try await ada(.post, "/api/tasks/\(id)/complete")
        let (headers, page) = try await ada(.get, "/api/tasks?limit=1")
        listTag = try #require(headers["ETag"])
        listCursor = try #require(page["next_cursor"]?.stringValue)
        let found = try await ada(.get, "/api/tasks?limit=1&q=\(Planted.word)").1
        searchCursor = try #require(found["next_cursor"]?.stringValue)
        historyCursor = try #require(
            try await ada(.get, "/api/tasks/\(id)/history?limit=1").1["next_cursor"]?.stringValue
        )
        undoToken = try #require(try await ada(.patch, "/api/tasks/\(id)", ["priority": "low"]).0["Undo-Token"])
        _ = try await ada(.post, "/api/undo", ["token": .string(undoToken)])
        let trial: JSONValue = ["dry_run": true, "operations": [["op": "delete", "id": .string(id)]]]
        plan = try #require(try await ada(.post, "/api/batch", trial).1["plan"]?.stringValue)
        task = try await ada(.get, "/api/tasks/\(id)").1
        try #require(task["version"] == 5)
        head = try #require(try await ada(.get, "/api/changes").1["next"]?.intValue)
    }

    /// Everything that Ada can read of her own.
    func everything() async throws -> [JSONValue] {
        var all: [JSONValue] = []
        for path in ["/api/tasks?limit=200", "/api/changes?limit=1000", "/api/activity"] {
            all.append(try await Planted.send(handler, .get, path, nil).1)
        }
        return all
    }

    private static func send(
        _ handler: DoorHandler,
        _ method: HTTPMethod,
        _ path: String,
        _ body: JSONValue?,
        key: String? = nil
    ) async throws -> (HTTPHeaders, JSONValue) {
        var headers = [
            ("Authorization", "Bearer \(try Flow.token(user))"), ("X-Correlation-ID", correlation),
            ("traceparent", trace), ("tracestate", "ada=adadadad"),
        ]
        if let key { headers.append(("Idempotency-Key", key)) }
        if body != nil { headers.append(("Content-Type", "application/json")) }
        let outcome = await HTTPLoopback(to: handler, now: { 0 }).send(
            method: method.rawValue,
            target: path,
            headers: headers,
            body: body?.serialized()
        )
        guard case .answered(let answer) = outcome else { throw Ask.Unanswered() }
        try #require((200...204).contains(answer.status), "\(method) \(path)")
        return (answer.headers, answer.body.isEmpty ? .null : try JSONValue(parsing: answer.body))
    }

    /// What can be asked for by a parameter.
    struct Value {
        /// What names something of Ada's.
        let hers: String
        /// What names in the same form something that nobody has; `nil` where the parameter names nothing of anybody.
        var nobodys: String?
        /// What a query must have beside it.
        var beside: [(name: String, value: String)] = []
    }

    /// - Returns: The values; none for a parameter that this does not know.
    func values(of parameter: Parameter) async throws -> [Value] {
        switch (parameter.place, parameter.name) {
        case (.path, "user_id"): [Value(hers: Planted.user, nobodys: Planted.nobody)]
        case (.path, "id"):
            [
                Value(hers: task["id"]?.stringValue ?? "", nobodys: Planted.absentID),
                Value(hers: deleted, nobodys: Planted.absentID),
            ]
        case (.path, "topic"): [Value(hers: "tasks")]
        case (.query, "status"): [Value(hers: "done", nobodys: "in_progress")]
        case (.query, "priority"): [Value(hers: "high", nobodys: "low")]
        case (.query, "tag"): [Value(hers: Planted.tag, nobodys: "nob-tag-heliotrope")]
        case (.query, "completed"): [Value(hers: "true"), Value(hers: "false")]
        case (.query, "due"): [Value(hers: "on:\(Planted.day)", nobodys: "on:2032-08-20")]
        case (.query, "q"):
            [
                Value(hers: Planted.word, nobodys: "turquoise"),
                Value(hers: Planted.description, nobodys: "aquamarine description"),
            ]
        case (.query, "filter"):
            [
                Value(hers: #"tag has "\#(Planted.tag)""#, nobodys: #"tag has "nob-tag-heliotrope""#),
                Value(hers: #"title = "Vermilion chair""#, nobodys: #"title = "Turquoise chair""#),
                Value(hers: #"description ~ "chartreuse""#, nobodys: #"description ~ "aquamarine""#),
                Value(hers: "due = \(Planted.day)", nobodys: "due = 2032-08-20"),
                Value(hers: "version = 5", nobodys: "version = 6"),
                Value(hers: "status = done or priority = high", nobodys: "status = in_progress or priority = low"),
            ]
        case (.query, "sort"): [Value(hers: "-due_date,title")]
        case (.query, "fields"): [Value(hers: "id,title")]
        case (.query, "include"): [Value(hers: "counts")]
        case (.query, "limit"): [Value(hers: "200")]
        case (.query, "tz"), (.header, "Time-Zone"): [Value(hers: "Europe/Berlin")]
        case (.query, "cursor"):
            [
                Value(hers: listCursor, nobodys: Planted.other(listCursor)),
                Value(hers: historyCursor, nobodys: Planted.other(historyCursor)),
                Value(hers: searchCursor, nobodys: Planted.other(searchCursor), beside: [("q", Planted.word)]),
            ]
        case (.query, "wait"): [Value(hers: "25")]
        case (.query, "since"), (.query, "as_of"), (.header, "Last-Event-ID"):
            [Value(hers: "\(head)", nobodys: "\(head + 700)")]
        case (.header, "If-Match"):
            [Value(hers: "\"5\"", nobodys: "\"6\""), Value(hers: "W/\"5\", \"5\"", nobodys: "W/\"6\", \"6\"")]
        case (.header, "If-None-Match"):
            [Value(hers: "\"5\"", nobodys: "\"6\""), Value(hers: listTag, nobodys: Planted.other(listTag))]
        case (.header, "Idempotency-Key"):
            [Value(hers: try await usedKey(), nobodys: "nob-key-\(UInt64.random(in: 0...(.max)))")]
        case (.header, "Prefer"): [Value(hers: "return=minimal"), Value(hers: "merge")]
        case (.header, "X-Correlation-ID"): [Value(hers: Planted.correlation, nobodys: "nob-correlation-cerulean")]
        case (.header, "traceparent"):
            [Value(hers: Planted.trace, nobodys: "00-0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b-0b0b0b0b0b0b0b0b-01")]
        default: []
        }
    }

    /// Two values of a member of a body, hers and nobody's; both the same where it names nothing of anybody.
    func values(ofMember name: String) -> (hers: JSONValue, nobodys: JSONValue)? {
        switch name {
        case "mode": return ("partial", "partial")
        case "dry_run", "force": return (true, true)
        case "plan": return (.string(plan), .string(Planted.other(plan)))
        case "token": return (.string(undoToken), .string(Planted.other(undoToken)))
        case "operations":
            func deletion(_ id: String) -> JSONValue { [["op": "delete", "id": .string(id), "if_match": 5]] }
            return (deletion(task["id"]?.stringValue ?? ""), deletion(Planted.absentID))
        default: break
        }
        let nobodys: JSONValue? =
            switch name {
            case "id": .string(Planted.absentID)
            case "user_id": .string(Planted.nobody)
            case "title": "Turquoise chair"
            case "description": "aquamarine description"
            case "tags": ["nob-tag-heliotrope"]
            case "due_date": "2032-08-20"
            case "created_at", "updated_at": "2026-01-01T00:00:00.000Z"
            case "version": 6
            case "status", "priority", "completed": task[name]
            default: nil
            }
        guard let nobodys, let hers = task[name] else { return nil }
        return (hers, nobodys)
    }

    /// A key that Ada used a moment ago, for a command that answers her task.
    private func usedKey() async throws -> String {
        let key = "ada-key-\(UInt64.random(in: 0...(.max)))"
        _ = try await Planted.send(handler, .post, "/api/tasks", ["title": "Vermilion key"], key: key)
        return key
    }

    static let absentID = "0195f000-0000-7000-8000-00000000dead"

    /// A text of the same form that was never made.
    private static func other(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x62...0x78).contains($0) ? $0 + 1 : $0 }, as: UTF8.self)
    }
}
