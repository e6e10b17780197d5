import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

/// What a list can be asked for.
struct ListTests {
    private static let tasks = [
        #"{"title":"Buy milk","priority":"high","tags":["home"],"due_date":"2026-01-02"}"#,
        #"{"title":"Café","status":"in_progress","due_date":"2026-01-05T10:00:00Z"}"#,
        #"{"title":"call the bank","description":"about the milk account","tags":["work"]}"#,
        #"{"title":"Archive","status":"done","priority":"low","due_date":"2025-12-31T08:00:00Z"}"#,
    ]

    private func filled() async throws -> APIHarness {
        let api = try APIHarness()
        for body in Self.tasks { #expect(try await api.send(.post, "/api/tasks", body: body).status == 201) }
        return api
    }

    private func titles(_ answer: Answer) -> [String] {
        (answer.json["items"]?.arrayValue ?? []).compactMap { $0["title"]?.stringValue }
    }

    // The clock of the harness stands at 2026-01-02T03:04:05.678Z.
    @Test(arguments: [
        ("", ["Buy milk", "Café", "call the bank", "Archive"]),
        ("sort=title", ["Archive", "Buy milk", "Café", "call the bank"]),
        ("sort=-priority,title", ["Buy milk", "Café", "call the bank", "Archive"]),
        ("sort=due_date", ["Archive", "Buy milk", "Café", "call the bank"]),
        ("sort=-due_date", ["Café", "Buy milk", "Archive", "call the bank"]),
        ("sort=status,-created_at", ["call the bank", "Buy milk", "Café", "Archive"]),
        ("due=none", ["call the bank"]), ("due=overdue", []), ("filter=due%20%3C%20now", ["Archive"]),
        ("due=today", ["Buy milk"]),
        ("due=week", ["Buy milk", "Café"]), ("due=before:2026-01-02", ["Archive"]), ("due=on:2026-01-05", ["Café"]),
        ("due=after:2026-01-02", ["Café"]), ("q=milk", ["Buy milk", "call the bank"]), ("q=CAFE", ["Café"]),
        ("q=%22milk%20account%22", ["call the bank"]), ("q=milk&sort=-title", ["call the bank", "Buy milk"]),
        ("filter=tag%20has%20%22home%22%20or%20status%20=%20done", ["Buy milk", "Archive"]),
        ("filter=due%20%3C%20today%2B7d%20and%20not%20tag%20has%20%22home%22", ["Café", "Archive"]),
        ("filter=priority%20%3E%20low&status=todo", ["Buy milk", "call the bank"]), ("due=week&q=buy", ["Buy milk"]),
    ])
    func `filters, searches and orders choose and order`(query: String, expected: [String]) async throws {
        let answer = try await filled().send(.get, "/api/tasks?\(query)")
        #expect(answer.status == 200, "\(answer.text)")
        #expect(titles(answer) == expected)
        #expect(answer.json["total"]?.intValue == expected.count)
    }

    @Test(arguments: [
        ("sort=name", ["sort": "NOT_ONE_OF"]), ("sort=title,title", ["sort": "NOT_ONE_OF"]),
        ("sort=rank", ["sort": "CONTRADICTION"]), ("due=soon", ["due": "INVALID_FILTER"]),
        ("due=on:2026-02-30", ["due": "INVALID_FILTER"]), ("filter=due%20%3C", ["filter": "INVALID_FILTER"]),
        ("filter=", ["filter": "INVALID_FILTER"]), ("q=", ["q": "INVALID_SEARCH"]),
        ("fields=", ["fields": "NOT_ONE_OF"]),
        ("fields=id,id", ["fields": "NOT_ONE_OF"]), ("fields=id,secret", ["fields": "NOT_ONE_OF"]),
        ("include=all", ["include": "NOT_ONE_OF"]), ("sort=title&sort=title", ["sort": "DUPLICATE"]),
        ("filter=x&q=&tz=Mars", ["filter": "INVALID_FILTER", "q": "INVALID_SEARCH", "tz": "NOT_ONE_OF"]),
    ])
    func `what is wrong with a list is told all at once`(query: String, faults: [String: String]) async throws {
        let answer = try await filled().send(.get, "/api/tasks?\(query)")
        #expect(answer.status == 422)
        #expect(answer.faults == faults, "\(answer.text)")
    }

    @Test func `a fault in a filter says where it is and what was expected`() async throws {
        let answer = try await filled().send(.get, "/api/tasks?filter=status%20=%20doen")
        let message = answer.details?["fields"]?[0]?["message"]?.stringValue ?? ""
        #expect(message.hasPrefix("At position 9: "))
        #expect(message.hasSuffix("did you mean done?"))
    }

    @Test func `only the members that are asked for are answered, sorted, and counts when they are`() async throws {
        let api = try await filled()
        let answer = try await api.send(.get, "/api/tasks?fields=title,id&include=counts&limit=1&status=done")
        let item = answer.json["items"]?[0]
        #expect(item?.objectValue?.keys.map { $0 } == ["id", "title"])
        #expect(answer.json["counts"] == ["done": 1, "in_progress": 0, "todo": 0])
        let all = try await api.send(.get, "/api/tasks?include=counts&limit=2")
        #expect(all.json["counts"] == ["done": 1, "in_progress": 1, "todo": 2])
        #expect(all.json["total"]?.intValue == 4)
    }

    @Test func `a page that did not change is not answered again, and any other question is another page`() async throws
    {
        let api = try await filled()
        let first = try await api.send(.get, "/api/tasks?sort=title")
        let tag = try #require(first.headers["ETag"])
        #expect(first.headers.values("Vary").contains("Time-Zone"))
        let again = try await api.send(.get, "/api/tasks?sort=title", headers: ["If-None-Match": "W/\(tag)"])
        #expect(again.status == 304 && again.bytes.isEmpty)
        #expect(again.headers["ETag"] == tag)
        for query in [
            "", "?sort=-title", "?sort=title&limit=49", "?sort=title&tz=Europe/Berlin", "?sort=title&fields=id",
            "?sort=title&include=counts", "?sort=title&status=todo", "?sort=title&q=a", "?sort=title&due=today",
        ] {
            let other = try await api.send(.get, "/api/tasks\(query)", headers: ["If-None-Match": tag])
            #expect(other.status == 200, "\(query)")
            #expect(other.headers["ETag"] != tag, "\(query)")
        }
        _ = try await api.send(.post, "/api/tasks", body: #"{"title":"new"}"#)
        let changed = try await api.send(.get, "/api/tasks?sort=title", headers: ["If-None-Match": tag])
        #expect(changed.status == 200)
    }

    @Test func `the cursor of a search goes on with it, and with nothing else`() async throws {
        let api = try await filled()
        let first = try await api.send(.get, "/api/tasks?q=milk&limit=1")
        let cursor = try #require(first.json["next_cursor"]?.stringValue)
        let second = try await api.send(.get, "/api/tasks?q=milk&limit=1&cursor=\(cursor)")
        #expect(titles(first) + titles(second) == ["Buy milk", "call the bank"])
        for query in ["q=mil", "q=milk&due=none", "q=milk&tz=Europe/Berlin", "q=milk&sort=title"] {
            let other = try await api.send(.get, "/api/tasks?\(query)&cursor=\(cursor)")
            #expect(other.faults == ["cursor": "INVALID_CURSOR"], "\(query)")
        }
        // The text itself is one that anybody could make; what the server takes is what it signed.
        let unsigned = try await api.send(.get, "/api/tasks?q=milk&limit=1&cursor=\(cursor.dropLast(22))")
        #expect(unsigned.faults == ["cursor": "INVALID_CURSOR"])
        let foreign = try await api.send(.get, "/api/tasks?q=milk&limit=1&cursor=\(cursor)", as: "eve")
        #expect(foreign.faults == ["cursor": "INVALID_CURSOR"])
    }
}
