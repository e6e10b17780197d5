import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

/// `as_of`, through the API.
struct TimeTravelTests {
    /// Four changes by the clock of the stub, a millisecond each from 03:04:05.679 on.
    private func filled() async throws -> (api: APIHarness, milk: String, bread: String) {
        let api = try APIHarness()
        let milk = try await api.create(#"{"title":"Buy milk","priority":"high"}"#)
        let bread = try await api.create(#"{"title":"Buy bread"}"#)
        _ = try await api.send(.patch, "/api/tasks/\(milk)", body: #"{"title":"Buy oat milk","status":"done"}"#)
        _ = try await api.send(.delete, "/api/tasks/\(bread)")
        return (api, milk, bread)
    }

    private func titles(_ answer: Answer) -> [String] {
        (answer.json["items"]?.arrayValue ?? []).compactMap { $0["title"]?.stringValue }
    }

    @Test(arguments: ["/api/tasks", "/api/demo/tasks"])
    func `a list is as it was after a change, with all that a list takes`(path: String) async throws {
        let api = try await filled().api
        let rows: [(query: String, titles: [String], of: Int)] = [
            ("as_of=0", [], 0), ("as_of=1", ["Buy milk"], 1), ("as_of=2", ["Buy milk", "Buy bread"], 2),
            ("as_of=3", ["Buy oat milk", "Buy bread"], 3), ("as_of=4", ["Buy oat milk"], 4),
            ("as_of=3&sort=title", ["Buy bread", "Buy oat milk"], 3), ("as_of=2&priority=high", ["Buy milk"], 2),
            ("as_of=2&status=done", [], 2), ("as_of=3&status=done", ["Buy oat milk"], 3),
            ("as_of=2&q=bread", ["Buy bread"], 2), ("as_of=2&filter=title%20~%20%22oat%22", [], 2),
            ("as_of=3&filter=title%20~%20%22oat%22", ["Buy oat milk"], 3),
            ("as_of=2000-01-01T00:00:00Z", [], 0), ("as_of=2026-01-02T03:04:05Z", [], 0),
        ]
        for row in rows {
            let answer = try await api.send(.get, "\(path)?\(row.query)")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(titles(answer) == row.titles, "\(row.query)")
            #expect(answer.json["as_of"]?.intValue == row.of)
            #expect(answer.json["total"]?.intValue == row.titles.count)
        }
        let part = try await api.send(.get, "\(path)?as_of=2&fields=title&include=counts&limit=1")
        #expect(part.json["items"] == [["title": "Buy milk"]])
        #expect(part.json["counts"] == ["todo": 2, "in_progress": 0, "done": 0])
        #expect(try await api.send(.get, path).json["as_of"] == nil)
    }

    @Test func `a cursor goes on as of its change, and no other list takes it`() async throws {
        let api = try await filled().api
        let first = try await api.send(.get, "/api/tasks?as_of=3&limit=1")
        let cursor = try #require(first.json["next_cursor"]?.stringValue)
        let second = try await api.send(.get, "/api/tasks?as_of=3&limit=1&cursor=\(cursor)")
        #expect(titles(first) + titles(second) == ["Buy oat milk", "Buy bread"])
        #expect(second.json["as_of"] == 3)
        for query in ["", "as_of=2&", "as_of=4&", "as_of=2026-01-01T00:00:00Z&"] {
            let answer = try await api.send(.get, "/api/tasks?\(query)cursor=\(cursor)")
            #expect(answer.faults == ["cursor": "INVALID_CURSOR"], "\(query)")
        }
    }

    @Test(arguments: ["/api/tasks", "/api/demo/tasks"])
    func `a task is as it was, deleted since or not, and says of which change it is`(path: String) async throws {
        let (api, milk, bread) = try await filled()
        let old = try await api.send(.get, "\(path)/\(milk)?as_of=2")
        #expect(old.status == 200)
        #expect(old.json["title"] == "Buy milk" && old.json["version"] == 1)
        #expect(old.headers["As-Of"] == "2")
        #expect(old.headers["ETag"] == "\"1\"")
        let deleted = try await api.send(.get, "\(path)/\(bread)?as_of=3")
        #expect(deleted.json["title"] == "Buy bread")
        #expect(try await api.send(.get, "\(path)/\(bread)").status == 404)
        let now = try await api.send(.get, "\(path)/\(milk)")
        #expect(now.headers["As-Of"] == nil && now.headers["ETag"] == "\"2\"")
        // Not there yet, not there any more, never there, another's, and no name of a task: the same bytes.
        _ = try await api.create(as: "eve")
        let foreign = try await api.create(as: "eve")
        let absent = "0190a000-0000-7000-8000-000000000000"
        let unknown = try await api.send(.get, "\(path)/\(absent)", headers: ["X-Correlation-ID": "c"])
        for target in ["\(bread)?as_of=1", "\(bread)?as_of=4", "\(absent)?as_of=2", "\(foreign)?as_of=2", "x?as_of=2"] {
            let answer = try await api.send(.get, "\(path)/\(target)", headers: ["X-Correlation-ID": "c"])
            #expect(answer.status == 404)
            #expect(answer.bytes == unknown.bytes, "\(target)")
        }
    }

    @Test func `what never changes may be kept by its reader, and by nobody for another`() async throws {
        let (api, milk, _) = try await filled()
        for path in [
            "/api/tasks?as_of=2", "/api/tasks?as_of=4", "/api/tasks?as_of=2026-01-01T00:00:00Z",
            "/api/tasks/\(milk)?as_of=2",
        ] {
            let answer = try await api.send(.get, path)
            #expect(answer.headers["Cache-Control"] == "private, max-age=3600", "\(path)")
            #expect(answer.headers.values("Vary").joined(separator: ", ").contains("Authorization"))
            let tag = try #require(answer.headers["ETag"])
            let again = try await api.send(.get, path, headers: ["If-None-Match": tag])
            #expect(again.status == 304 && again.bytes.isEmpty)
            #expect(again.headers["Cache-Control"] == "private, max-age=3600")
            #expect(again.headers["As-Of"] == answer.headers["As-Of"])
        }
        // What counts from now changes, and so does what is said of a moment after which nothing has happened yet.
        for path in ["/api/tasks", "/api/tasks?as_of=2&due=today", "/api/tasks/\(milk)"] {
            let answer = try await api.send(.get, path)
            #expect(answer.headers["Cache-Control"] == "private, no-cache", "\(path)")
        }
    }

    @Test func `an instant after which nothing has happened yet is asked for again`() async throws {
        let api = try APIHarness()
        // Before the clock of the harness, which the stub's are after.
        let answer = try await api.send(.get, "/api/tasks?as_of=2026-01-02T03:04:05Z")
        #expect(answer.json["as_of"] == 0)
        #expect(answer.headers["Cache-Control"] == "private, no-cache")
    }

    @Test(arguments: [
        ("as_of=5", "OUT_OF_RANGE"), ("as_of=9007199254740992", "OUT_OF_RANGE"),
        ("as_of=9007199254740993", "OUT_OF_RANGE"), ("as_of=99999999999999999999999", "OUT_OF_RANGE"),
        ("as_of=2026-01-02T03:04:06Z", "OUT_OF_RANGE"), ("as_of=9999-12-31T23:59:59Z", "OUT_OF_RANGE"),
        ("as_of=", "NOT_RFC3339"), ("as_of=-1", "NOT_RFC3339"), ("as_of=1.0", "NOT_RFC3339"),
        ("as_of=yesterday", "NOT_RFC3339"), ("as_of=2026-01-01", "NOT_RFC3339"),
        ("as_of=2026-02-30T00:00:00Z", "NOT_RFC3339"), ("as_of=2026-01-01T00:00:00+01:00", "NOT_RFC3339"),
        ("as_of=%D9%A1", "NOT_RFC3339"), ("as_of=1&as_of=1", "DUPLICATE"),
    ])
    func `what names no moment that was is refused by its name`(query: String, code: String) async throws {
        let (api, milk, _) = try await filled()
        for path in ["/api/tasks", "/api/demo/tasks", "/api/tasks/\(milk)", "/api/demo/tasks/\(milk)"] {
            let answer = try await api.send(.get, "\(path)?\(query)")
            #expect(answer.status == 422, "\(path)")
            #expect(answer.faults == ["as_of": code], "\(answer.text)")
        }
    }

    @Test func `an instant with an offset is the same instant, and a query that cannot be read is none`() async throws {
        let (api, milk, _) = try await filled()
        let answer = try await api.send(.get, "/api/tasks?as_of=2026-01-02T04:04:05%2B01:00")
        #expect(answer.json["as_of"] == 0, "\(answer.text)")
        #expect(try await api.send(.get, "/api/tasks/\(milk)?").status == 200)
        #expect(try await api.send(.get, "/api/tasks/\(milk)?as_of=%FF").status == 400)
    }

    @Test func `a past that is not kept is gone, and the answer names the oldest that is`() async throws {
        let (api, milk, _) = try await filled()
        api.service.fail(with: .pastGone(oldest: 7))
        for path in ["/api/tasks?as_of=2", "/api/tasks/\(milk)?as_of=2"] {
            let answer = try await api.send(.get, path)
            #expect(answer.status == 410)
            #expect(answer.code == "PAST_GONE")
            #expect(answer.details == ["oldest": 7])
        }
    }
}
