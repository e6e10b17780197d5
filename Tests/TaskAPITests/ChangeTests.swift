import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

@testable import TaskAPI

/// `GET /api/changes` and `GET /api/tasks/{id}/history`.
struct ChangeTests {
    private func harness() async throws -> (APIHarness, String) {
        let api = try APIHarness()
        let id = try await api.create(#"{"title":"one"}"#)
        _ = try await api.send(.patch, "/api/tasks/\(id)", body: #"{"title":"two"}"#)
        _ = try await api.send(.delete, "/api/tasks/\(id)")
        return (api, id)
    }

    @Test(arguments: ["/api/changes", "/api/demo/changes"])
    func `changes come in order, in pages, with what was deleted`(path: String) async throws {
        let (api, id) = try await harness()
        let first = try await api.send(.get, path + "?limit=2").json
        #expect(first["more"] == true)
        #expect(first["next"] == 2)
        #expect(first["changes"]?[0]?["type"] == "task.created")
        #expect(first["changes"]?[0]?["task"]?["title"] == "one")
        #expect(first["changes"]?[1]?["changes"] == ["title": ["after": "two", "before": "one"]])
        let second = try await api.send(.get, path + "?since=2").json
        #expect(second["more"] == false)
        #expect(second["next"] == 3)
        #expect(second["changes"]?[0]?["task"] == .some(.null))
        #expect(second["changes"]?[0]?["task_id"]?.stringValue == id)
        #expect(second["changes"]?[0]?["type"] == "task.deleted")
        #expect(try await api.send(.get, path + "?since=3").json == ["changes": [], "more": false, "next": 3])
        let gone = try await api.send(.get, path + "?since=4")
        #expect(gone.status == 410)
        #expect(gone.details == ["since": 3, "snapshot": "/api/tasks"])
    }

    @Test func `a history goes backwards, in pages`() async throws {
        let (api, id) = try await harness()
        let first = try await api.send(.get, "/api/tasks/\(id)/history?limit=2").json
        #expect(first["changes"]?.arrayValue?.compactMap { $0["sequence"]?.intValue } == [3, 2])
        let cursor = try #require(first["next_cursor"]?.stringValue)
        let second = try await api.send(.get, "/api/tasks/\(id)/history?limit=2&cursor=\(cursor)").json
        #expect(second["changes"]?.arrayValue?.compactMap { $0["sequence"]?.intValue } == [1])
        #expect(second["next_cursor"] == .some(.null))
    }

    @Test func `a foreign task and none have the same history`() async throws {
        let (api, _) = try await harness()
        let missing = try await api.send(.get, "/api/tasks/0190c0de-1234-7000-8000-000000000001/history")
        let nonsense = try await api.send(.get, "/api/tasks/x/history")
        #expect(missing.status == 404)
        #expect(missing.bytes == nonsense.bytes)
        let foreign = try await api.send(.get, "/api/other/changes")
        #expect(foreign.status == 403)
    }

    @Test(arguments: [
        "since=-1", "since=x", "limit=0", "limit=1001", "cursor=1", "since=1&since=2", "limit=9223372036854775808",
    ])
    func `a query that cannot be is refused with the field`(query: String) async throws {
        let (api, _) = try await harness()
        let answer = try await api.send(.get, "/api/changes?\(query)")
        #expect(answer.status == 422)
        #expect(answer.code == "INVALID_FIELDS")
    }
}
