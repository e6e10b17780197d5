import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

struct TaskOperationTests {
    @Test(arguments: ["/api/tasks", "/api/demo/tasks"])
    func `a task is created, read, replaced, patched, completed, reopened and deleted`(base: String) async throws {
        let api = try APIHarness()
        let created = try await api.send(
            .post,
            base,
            body: #"{"title":"Buy milk","tags":["home"],"due_date":"2026-02-03T04:05:06+01:00"}"#
        )
        #expect(created.status == 201)
        #expect(created.headers["ETag"] == "\"1\"")
        let id = try #require(created.json["id"]?.stringValue)
        let path = "\(base)/\(id)"
        #expect(created.headers["Location"] == path)
        #expect(created.json["due_date"] == "2026-02-03T03:05:06.000Z")
        #expect(created.json["user_id"] == "demo")

        let read = try await api.send(.get, path)
        #expect(read.status == 200)
        #expect(read.json == created.json)
        #expect(read.headers["Cache-Control"] == "private, no-cache")

        let replaced = try await api.send(.put, path, body: #"{"title":"Buy bread","priority":"high"}"#)
        #expect(replaced.status == 200)
        #expect(replaced.headers["ETag"] == "\"2\"")
        #expect(replaced.json["tags"] == [])
        #expect(replaced.json["due_date"] == .null)

        let patched = try await api.send(
            .patch,
            path,
            type: "application/merge-patch+json",
            body: #"{"description":"rye","priority":null}"#
        )
        #expect(patched.json["title"] == "Buy bread")
        #expect(patched.json["description"] == "rye")
        #expect(patched.json["priority"] == "medium")

        let completed = try await api.send(.post, path + "/complete")
        #expect(completed.json["completed"] == true)
        #expect(completed.json["status"] == "done")
        let again = try await api.send(.post, path + "/complete", body: "{}")
        #expect(again.status == 200)
        #expect(again.headers["ETag"] == completed.headers["ETag"])
        let reopened = try await api.send(.post, path + "/reopen")
        #expect(reopened.json["status"] == "todo")
        #expect(reopened.headers["ETag"] == "\"5\"")

        let deleted = try await api.send(.delete, path)
        #expect(deleted.status == 204)
        #expect(deleted.bytes.isEmpty)
        #expect(deleted.headers["Content-Type"] == nil)
        #expect(try await api.send(.get, path).status == 404)
    }

    @Test func `the stored bytes are the answer`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let read = try await api.send(.get, "/api/tasks/\(id)")
        // The stub stores a blank before the object, which no encoder of ours would write.
        #expect(read.bytes.first == 0x20)
        #expect(api.service.documentReads == 1)
    }

    @Test func `HEAD is answered as GET`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await api.send(.head, "/api/tasks/\(id)")
        #expect(answer.status == 200)
        #expect(answer.headers["ETag"] == "\"1\"")
    }

    @Test func `the identifier may be written in upper case`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        #expect(try await api.send(.get, "/api/tasks/\(id.uppercased())").status == 200)
    }

    @Test func `a list is filtered, sorted and paged`() async throws {
        let api = try APIHarness()
        for (title, status, priority, tag) in [
            ("b", "todo", "low", "home"), ("a", "done", "high", "work"), ("d", "in_progress", "high", "home"),
            ("c", "done", "medium", "work"),
        ] {
            let body = #"{"title":"\#(title)","status":"\#(status)","priority":"\#(priority)","tags":["\#(tag)"]}"#
            _ = try await api.create(body)
        }
        func titles(_ query: String) async throws -> [String] {
            let answer = try await api.send(.get, "/api/tasks" + query)
            try #require(answer.status == 200, "\(answer.text)")
            return answer.json["items"]?.arrayValue?.compactMap { $0["title"]?.stringValue } ?? []
        }
        #expect(try await titles("") == ["b", "a", "d", "c"])
        #expect(try await titles("?sort=title") == ["a", "b", "c", "d"])
        #expect(try await titles("?sort=-title") == ["d", "c", "b", "a"])
        #expect(try await titles("?status=done") == ["a", "c"])
        #expect(try await titles("?completed=false") == ["b", "d"])
        #expect(try await titles("?priority=high&tag=home") == ["d"])

        let first = try await api.send(.get, "/api/demo/tasks?sort=title&limit=3")
        #expect(first.json["total"] == 4)
        let cursor = try #require(first.json["next_cursor"]?.stringValue)
        let second = try await api.send(.get, "/api/demo/tasks?sort=title&limit=3&cursor=\(cursor)")
        #expect(second.json["items"]?[0]?["title"] == "d")
        #expect(second.json["next_cursor"] == .null)
        #expect(first.json["items"]?[0]?.objectValue?.keys.count == 12)
    }

    @Test func `an empty list has its three members`() async throws {
        let answer = try await APIHarness().send(.get, "/api/tasks")
        #expect(answer.text == #"{"items":[],"next_cursor":null,"total":0}"#)
    }

    @Test func `owners see their own tasks only`() async throws {
        let api = try APIHarness()
        _ = try await api.create(as: "ada")
        #expect(try await api.send(.get, "/api/tasks", as: "demo").json["total"] == 0)
        #expect(try await api.send(.get, "/api/tasks", as: "ada").json["total"] == 1)
    }

    @Test func `curl's default content type is taken for a JSON object`() async throws {
        let api = try APIHarness()
        let form = "application/x-www-form-urlencoded"
        #expect(try await api.send(.post, "/api/tasks", type: form, body: #" {"title":"Buy milk"}"#).status == 201)
        let answer = try await api.send(.post, "/api/tasks", type: form, body: "title=Buy+milk")
        #expect(answer.status == 415)
        #expect(answer.code == "UNSUPPORTED_MEDIA_TYPE")
    }

    @Test func `the idempotency key and the trace reach the command`() async throws {
        let api = try APIHarness()
        var headers: HTTPHeaders = [
            "Idempotency-Key": "k-1", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ]
        headers.add("tracestate", "a=1")
        headers.add("tracestate", "b=2")
        let first = try await api.send(.post, "/api/tasks", headers: headers, body: #"{"title":"x"}"#)
        let context = try #require(api.service.contexts.first)
        #expect(context.idempotencyKey == "k-1")
        #expect(context.channel == .rest)
        #expect(context.actor.rawValue == "demo")
        #expect(context.trace?.parent.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
        #expect(context.trace?.state == "a=1,b=2")
        #expect(context.deadline != nil)
        let repeated = try await api.send(.post, "/api/tasks", headers: headers, body: #"{"title":"x"}"#)
        #expect(repeated.json == first.json)
        #expect(repeated.headers["Idempotent-Replayed"] == "true")
        #expect(first.headers["Idempotent-Replayed"] == nil)
        #expect(try await api.send(.get, "/api/tasks").json["total"] == 1)
    }

    @Test(arguments: ["", " ", "a b", "ä", String(repeating: "k", count: 256)])
    func `an idempotency key that cannot be is refused`(key: String) async throws {
        let api = try APIHarness()
        let answer = try await api.send(
            .post,
            "/api/tasks",
            headers: ["Idempotency-Key": key],
            body: #"{"title":"x"}"#
        )
        #expect(answer.status == 400)
        #expect(answer.code == "INVALID_HEADER")
        #expect(answer.details?["header"] == "Idempotency-Key")
        #expect(api.service.contexts.isEmpty)
    }
}
