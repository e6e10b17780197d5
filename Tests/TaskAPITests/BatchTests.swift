import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

struct BatchTests {
    private func batch(
        _ api: APIHarness,
        _ body: String,
        key: String? = nil,
        as user: String = "demo"
    ) async throws -> Answer {
        let headers: HTTPHeaders = key.map { ["Idempotency-Key": $0] } ?? [:]
        return try await api.send(.post, "/api/batch", as: user, headers: headers, body: body)
    }

    @Test func `operations run in order, and names mean what was created before`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let answer = try await batch(
            api,
            #"{"operations":[{"op":"create","as":"a","task":{"title":"A"}},{"op":"patch","id":"$a","task":{"priority":"high"}},{"op":"replace","id":"\#(id)","task":{"title":"B"},"if_match":1},{"op":"complete","id":"$a"},{"op":"reopen","id":"$a"},{"op":"patch","id":"\#(id)","edits":[{"op":"add","path":"/tags/-","value":"x"}]},{"op":"delete","id":"$a"}]}"#
        )
        #expect(answer.status == 200, "\(answer.text)")
        let results = try #require(answer.json["results"]?.arrayValue)
        #expect(results.map { $0["status"]?.intValue } == [201, 200, 200, 200, 200, 200, 204])
        #expect(results[1]["task"]?["priority"] == "high")
        #expect(results[5]["task"]?["tags"] == ["x"])
        #expect(results[6]["task"] == nil)
        #expect(answer.json["sequences"] == ["first": 2, "last": 8])
        #expect(answer.headers["Undo-Token"] == answer.json["undo"]?.stringValue)
        let list = try await api.send(.get, "/api/tasks")
        #expect(list.json["total"] == 1)
    }

    @Test func `an atomic batch is refused whole, and the refusal names the operation`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let body =
            #"{"operations":[{"op":"create","task":{"title":"A"}},{"op":"complete","id":"\#(id)","if_match":7}]}"#
        let answer = try await batch(api, body)
        #expect(answer.status == 412 && answer.code == "TASK_CHANGED")
        #expect(answer.details?["operation"] == 1)
        #expect(answer.details?["current"]?["version"] == 1)
        #expect(answer.headers["ETag"] == "\"1\"")
        #expect(try await api.send(.get, "/api/tasks").json["total"] == 1)
        let one = try await batch(api, #"{"operations":[{"op":"delete","id":"00000000-0000-7000-8000-000000000000"}]}"#)
        #expect(one.status == 404 && one.details?["operation"] == 0)
    }

    @Test func `of a partial batch each result has its status, and a repeat gets them again`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let body =
            #"{"mode":"partial","operations":[{"op":"create","as":"a","task":{"title":""}},{"op":"complete","id":"$a"},{"op":"complete","id":"\#(id)"},{"op":"delete","id":"00000000-0000-7000-8000-000000000000"},{"op":"patch","id":"\#(id)","edits":[{"op":"test","path":"/title","value":"no"}]}]}"#
        let answer = try await batch(api, body, key: "k")
        #expect(answer.status == 200, "\(answer.text)")
        let results = try #require(answer.json["results"]?.arrayValue)
        #expect(results.map { $0["status"]?.intValue } == [422, 409, 200, 404, 409])
        #expect(results[1]["error"]?["code"] == "REFERENCE_REFUSED")
        #expect(results[0]["error"]?["details"]?["fields"]?.arrayValue?.first?["field"] == "operations[0].task.title")
        #expect(results[3]["error"]?["code"] == "TASK_NOT_FOUND")
        let again = try await batch(api, body, key: "k")
        #expect(again.bytes == answer.bytes)
        #expect(again.headers["Idempotent-Replayed"] == "true")
        #expect(again.headers["Undo-Token"] == answer.headers["Undo-Token"])
    }

    @Test func `a dry run writes nothing, and its plan can be required`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        func body(_ more: String) -> String {
            #"{\#(more)"operations":[{"op":"create","as":"a","task":{"title":"A"}},{"op":"complete","id":"$a"},{"op":"complete","id":"\#(id)"}]}"#
        }
        let trial = try await batch(api, body(#""dry_run":true,"#), key: "k")
        #expect(trial.status == 200, "\(trial.text)")
        #expect(trial.json["undo"] == .null && trial.json["sequences"] == .null && trial.json["dry_run"] == true)
        #expect(trial.headers["Undo-Token"] == nil)
        let results = try #require(trial.json["results"]?.arrayValue)
        #expect(results.map { $0["task"]?["id"] } == ["$0", "$0", .string(id)])
        #expect(results[2]["diff"] == ["status": ["before": "todo", "after": "done"]])
        #expect(results.allSatisfy { $0["task"]?["updated_at"] == nil })
        #expect(try await api.send(.get, "/api/changes").json["next"] == 1)
        let plan = try #require(trial.json["plan"]?.stringValue)
        // What only the commit decides does not count.
        let same = try await batch(api, body(#""dry_run":true,"#))
        #expect(same.json["plan"]?.stringValue == plan)
        _ = try await api.send(.patch, "/api/tasks/\(id)", body: #"{"priority":"low"}"#)
        let stale = try await batch(api, body(#""plan":"\#(plan)","#))
        #expect(stale.status == 409 && stale.code == "PLAN_CHANGED")
        #expect(stale.details?["results"]?.arrayValue?.count == 3)
        let next = try #require(stale.details?["plan"]?.stringValue)
        #expect(next != plan)
        let good = try await batch(api, body(#""plan":"\#(next)","#))
        #expect(good.status == 200, "\(good.text)")
        // Another's plan, an altered one and none of ours are the same.
        for plan in [plan, String(next.dropLast()), "x"] {
            #expect(try await batch(api, body(#""plan":"\#(plan)","#)).code == "PLAN_CHANGED")
        }
    }

    @Test func `a plan holds with a key as without, and with refusals`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        _ = try await api.send(.post, "/api/tasks/\(id)/complete")
        func body(_ more: String) -> String {
            #"{\#(more)"mode":"partial","operations":[{"op":"complete","id":"\#(id)"},{"op":"create","as":"a","task":{"title":"A"}},{"op":"patch","id":"$a","task":{"priority":"low"}},{"op":"delete","id":"$a","if_match":1},{"op":"delete","id":"\#(id)","if_match":2}]}"#
        }
        let trial = try await batch(api, body(#""dry_run":true,"#))
        let results = try #require(trial.json["results"]?.arrayValue)
        #expect(results.map { $0["status"]?.intValue } == [200, 201, 200, 412, 204])
        #expect(results[0]["diff"] == nil && results[3]["error"]?["details"]?["current"]?["id"] == "$1")
        #expect(results[4]["task_id"]?.stringValue == id)
        let plan = try #require(trial.json["plan"]?.stringValue)
        let done = try await batch(api, body(#""plan":"\#(plan)","#), key: "k")
        #expect(done.status == 200, "\(done.text)")
    }

    @Test func `what was done is undone one after the other, the last first`() async throws {
        let api = try APIHarness()
        var tokens: [String] = []
        let created = try await api.send(.post, "/api/tasks", body: #"{"title":"0"}"#)
        tokens.append(try #require(created.headers["Undo-Token"]))
        let path = try #require(created.headers["Location"])
        for title in 1...5 {
            let done = try await api.send(.patch, path, body: #"{"title":"\#(title)"}"#)
            tokens.append(try #require(done.headers["Undo-Token"]))
        }
        var redos: [String] = []
        for title in (0...4).reversed() {
            let undone = try await api.send(.post, "/api/undo", body: #"{"token":"\#(tokens.removeLast())"}"#)
            #expect(undone.status == 200, "\(undone.text)")
            #expect(try await api.send(.get, path).json["title"]?.stringValue == "\(title)")
            redos.append(try #require(undone.json["undo"]?.stringValue))
        }
        // And forwards again, as far as one likes.
        for title in 1...2 {
            let redone = try await api.send(.post, "/api/undo", body: #"{"token":"\#(redos.removeLast())"}"#)
            #expect(redone.status == 200, "\(redone.text)")
            #expect(try await api.send(.get, path).json["title"]?.stringValue == "\(title)")
        }
        // What was done again stands in the way of what was before.
        let creation = try await api.send(.post, "/api/undo", body: #"{"token":"\#(tokens[0])"}"#)
        #expect(creation.status == 409)
        #expect(creation.details?["conflicts"]?.arrayValue?.count == 1)
    }

    @Test(arguments: [
        ("[]", "", "TYPE"), ("{}", "operations", "REQUIRED"), (#"{"operations":{}}"#, "operations", "TYPE"),
        (#"{"operations":[]}"#, "operations", "REQUIRED"), (#"{"operations":[7]}"#, "operations[0]", "TYPE"),
        (#"{"operations":[{"op":"make"}]}"#, "operations[0].op", "NOT_ONE_OF"),
        (#"{"operations":[{"op":"complete","id":"7"}]}"#, "operations[0].id", "REQUIRED"),
        (#"{"operations":[{"op":"complete","id":"$a"}]}"#, "operations[0].id", "NO_SUCH_REFERENCE"),
        (
            #"{"operations":[{"op":"complete","id":"$a"},{"op":"create","as":"a","task":{"title":"x"}}]}"#,
            "operations[0].id", "NO_SUCH_REFERENCE"
        ),
        (
            #"{"operations":[{"op":"create","as":"a","task":{"title":"x"}},{"op":"create","as":"a","task":{"title":"x"}}]}"#,
            "operations[1].as", "DUPLICATE"
        ),
        (
            #"{"operations":[{"op":"create","task":{"title":"x","user_id":"ann"}}]}"#, "operations[0].task.user_id",
            "READ_ONLY"
        ),
        (
            #"{"operations":[{"op":"create","task":{"title":"x"},"user_id":"ann"}]}"#, "operations[0].user_id",
            "UNKNOWN_FIELD"
        ),
        (#"{"user_id":"ann","operations":[{"op":"create","task":{"title":"x"}}]}"#, "user_id", "UNKNOWN_FIELD"),
        (
            #"{"operations":[{"op":"create","as":"a","task":{"title":"x"}},{"op":"complete","id":"$a","if_match":1,"merge":true}]}"#,
            "operations[1].merge", "CONTRADICTION"
        ),
        (#"{"mode":"some","operations":[{"op":"create","task":{"title":"x"}}]}"#, "mode", "NOT_ONE_OF"),
        (#"{"dry_run":"yes","operations":[{"op":"create","task":{"title":"x"}}]}"#, "dry_run", "TYPE"),
    ])
    func `what is no batch is refused by name, and nothing is written`(
        body: String,
        field: String,
        code: String
    ) async throws {
        let api = try APIHarness()
        for body in [body, body.replacing(#"{"operations""#, with: #"{"mode":"partial","operations""#)] {
            let answer = try await batch(api, body)
            if body.contains("partial"), field.contains(".task.") { continue }
            #expect(answer.status == 422, "\(answer.text)")
            #expect(answer.faults[field] == code, "\(answer.text)")
        }
        #expect(try await api.send(.get, "/api/changes").json["next"] == 0)
    }

    @Test func `there are at most 100 operations`() async throws {
        let api = try APIHarness()
        func body(_ count: Int) -> String {
            #"{"operations":[\#((0..<count).map { #"{"op":"create","task":{"title":"\#($0)"}}"# }.joined(separator: ","))]}"#
        }
        #expect(try await batch(api, body(101)).faults == ["operations": "TOO_MANY"])
        let most = try await batch(api, body(100))
        #expect(most.json["results"]?.arrayValue?.count == 100, "\(most.text)")
    }

    @Test func `every write answers a token that takes it back`() async throws {
        let api = try APIHarness()
        let created = try await api.send(
            .post,
            "/api/tasks",
            headers: ["Idempotency-Key": "k"],
            body: #"{"title":"A"}"#
        )
        let id = try #require(created.json["id"]?.stringValue)
        let path = "/api/tasks/\(id)"
        let again = try await api.send(.post, "/api/tasks", headers: ["Idempotency-Key": "k"], body: #"{"title":"A"}"#)
        #expect(again.headers["Undo-Token"] == created.headers["Undo-Token"])
        for (method, end, body) in [
            (HTTPMethod.patch, "", #"{"title":"B"}"#), (.post, "/complete", nil), (.put, "", #"{"title":"C"}"#),
            (.delete, "", nil),
        ] as [(HTTPMethod, String, String?)] {
            let before = try await api.send(.get, path).json
            let done = try await api.send(method, path + end, body: body)
            let token = try #require(done.headers["Undo-Token"])
            let undone = try await api.send(.post, "/api/undo", body: #"{"token":"\#(token)"}"#)
            #expect(undone.status == 200, "\(undone.text)")
            let after = try await api.send(.get, path).json
            for field in TaskField.allCases { #expect(after[field.rawValue] == before[field.rawValue]) }
            #expect(after["created_at"] == before["created_at"])
            let repeated = try await api.send(.post, "/api/undo", body: #"{"token":"\#(token)"}"#)
            #expect(repeated.bytes == undone.bytes && repeated.headers["Idempotent-Replayed"] == "true")
        }
        // What changes nothing has none.
        #expect(try await api.send(.post, path + "/reopen").headers["Undo-Token"] == nil)
        let changes = try #require(try await api.send(.get, "/api/changes?limit=1000").json["changes"]?.arrayValue)
        #expect(changes.compactMap { $0["undone"]?["first"] } == [2, 4, 6, 8])
    }

    @Test func `an undo that would overwrite tells who changed what, and force does it`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        let path = "/api/tasks/\(id)"
        let token = try #require(
            try await api.send(.patch, path, body: #"{"title":"B","priority":"low"}"#).headers["Undo-Token"]
        )
        _ = try await api.send(.patch, path, body: #"{"title":"C"}"#)
        let trial = try await api.send(.post, "/api/undo", body: #"{"token":"\#(token)","dry_run":true,"force":true}"#)
        #expect(trial.json["results"]?.arrayValue?.first?["diff"]?["title"] == ["before": "C", "after": "Buy milk"])
        let refused = try await api.send(.post, "/api/undo", body: #"{"token":"\#(token)"}"#)
        #expect(refused.status == 409 && refused.code == "UNDO_CONFLICT")
        let conflict = try #require(refused.details?["conflicts"]?.arrayValue?.first)
        #expect(conflict["field"] == "title" && conflict["theirs"] == "C" && conflict["ours"] == "Buy milk")
        #expect(conflict["by"] == "demo" && conflict["sequence"] == 3 && conflict["task_id"]?.stringValue == id)
        let forced = try await api.send(.post, "/api/undo", body: #"{"token":"\#(token)","force":true}"#)
        #expect(forced.status == 200)
        let task = try await api.send(.get, path).json
        #expect(task["title"] == "Buy milk" && task["priority"] == "medium")
    }

    @Test func `a token of another, an altered one and none of ours are refused alike`() async throws {
        let api = try APIHarness()
        let token = try #require(
            try await api.send(.post, "/api/tasks", as: "ann", body: #"{"title":"A"}"#).headers["Undo-Token"]
        )
        _ = try await api.create()
        var answers: Set<[UInt8]> = []
        for token in [token, "2" + token.dropFirst(), String(token.dropLast()), "", "x", token + "A"] {
            let answer = try await api.send(.post, "/api/undo", body: #"{"token":"\#(token)"}"#)
            #expect(answer.status == 422 && answer.faults == ["token": "INVALID_TOKEN"])
            answers.insert(answer.bytes)
        }
        #expect(answers.count == 1)
        for (body, field, code) in [
            ("{}", "token", "REQUIRED"), (#"{"token":7}"#, "token", "TYPE"),
            (#"{"token":"x","force":1}"#, "force", "TYPE"), (#"{"token":"x","owner":"ann"}"#, "owner", "UNKNOWN_FIELD"),
        ] {
            #expect(try await api.send(.post, "/api/undo", body: body).faults[field] == code)
        }
    }

    @Test func `a minimal answer has no task`() async throws {
        let api = try APIHarness()
        let minimal: HTTPHeaders = ["Prefer": "respond-async, Return=Minimal; x=y"]
        let created = try await api.send(.post, "/api/tasks", headers: minimal, body: #"{"title":"A"}"#)
        #expect(created.status == 201 && created.bytes.isEmpty)
        #expect(created.headers["Preference-Applied"] == "return=minimal")
        let path = try #require(created.headers["Location"])
        let changed = try await api.send(.patch, path, headers: minimal, body: #"{"title":"B"}"#)
        #expect(changed.status == 204 && changed.bytes.isEmpty && changed.headers["ETag"] == "\"2\"")
        #expect(changed.headers["Undo-Token"] != nil)
        #expect(try await api.send(.get, path).json["title"] == "B")
    }

    @Test func `a change that is based on an older version is merged where that is preferred`() async throws {
        let api = try APIHarness()
        let path = "/api/tasks/\(try await api.create())"
        _ = try await api.send(.patch, path, body: #"{"priority":"low","tags":["x"]}"#)
        let old: HTTPHeaders = ["If-Match": "\"1\""]
        #expect(try await api.send(.patch, path, headers: old, body: #"{"title":"B"}"#).status == 412)
        let merging: HTTPHeaders = ["If-Match": "\"1\"", "Prefer": "merge", "Idempotency-Key": "k"]
        let merged = try await api.send(.patch, path, headers: merging, body: #"{"title":"B","tags":["y"]}"#)
        #expect(merged.status == 200, "\(merged.text)")
        #expect(merged.headers["Merged-Fields"] == "priority, tags")
        #expect(merged.headers["Preference-Applied"] == "merge")
        #expect(merged.json["tags"] == ["x", "y"] && merged.json["priority"] == "low" && merged.json["title"] == "B")
        let again = try await api.send(.patch, path, headers: merging, body: #"{"title":"B","tags":["y"]}"#)
        #expect(again.bytes == merged.bytes && again.headers["Merged-Fields"] == "priority, tags")
        let conflicting: HTTPHeaders = ["If-Match": "\"1\"", "Prefer": "merge"]
        let refused = try await api.send(.patch, path, headers: conflicting, body: #"{"title":"C","priority":"high"}"#)
        #expect(refused.status == 412 && refused.code == "MERGE_CONFLICT")
        #expect(
            refused.details?["conflicts"] == [
                ["field": "title", "base": "Buy milk", "theirs": "B", "yours": "C"],
                ["field": "priority", "base": "medium", "theirs": "low", "yours": "high"],
            ]
        )
        let batch = try await batch(
            api,
            #"{"operations":[{"op":"patch","id":"\#(path.split(separator: "/").last ?? "")","task":{"description":"d"},"if_match":1,"merge":true}]}"#
        )
        #expect(batch.json["results"]?.arrayValue?.first?["merged"] == ["priority", "tags", "title"])
    }

    @Test func `a JSON Patch is taken by its type`() async throws {
        let api = try APIHarness()
        let path = "/api/tasks/\(try await api.create())"
        func edit(_ body: String) async throws -> Answer {
            try await api.send(.patch, path, type: "application/json-patch+json", body: body)
        }
        let good = try await edit(
            #"[{"op":"test","path":"/title","value":"Buy milk"},{"op":"add","path":"/tags/-","value":"x"}]"#
        )
        #expect(good.status == 200 && good.json["tags"] == ["x"])
        let failed = try await edit(#"[{"op":"remove","path":"/tags/0"},{"op":"test","path":"/title","value":"no"}]"#)
        #expect(failed.status == 409 && failed.code == "TEST_FAILED" && failed.details?["edit"] == 1)
        #expect(try await edit(#"[{"op":"replace","path":"/id","value":"x"}]"#).faults == ["id": "READ_ONLY"])
        #expect(try await edit(#"[{"op":"remove","path":"/version"}]"#).faults == ["version": "READ_ONLY"])
        #expect(try await edit("{}").status == 422)
        #expect(try await edit("[").status == 400)
        #expect(try await edit(#"[{"op":"remove","path":"/tags/7"}]"#).faults == ["[0].path": "NO_SUCH_PATH"])
        #expect(try await api.send(.get, path).json["version"] == 2)
    }
}
