import Dapr
import HTTPServer
import JSON
import Tasks
import Testing

@testable import TaskAPI

struct EventTests {
    private static func event(
        _ type: String = "task.create",
        id: String = "e1",
        data: String = #"{"user_id":"demo","title":"x"}"#,
        more: String = ""
    ) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/billing","type":"\#(type)","#
            + #""datacontenttype":"application/json","data":\#(data)\#(more)}"#
    }

    private static func deliver(
        _ api: APIHarness,
        _ path: String,
        _ body: String,
        _ headers: HTTPHeaders = [:]
    ) async -> Answer {
        await api.send(api.app, .post, path, headers, "application/cloudevents+json", Array(body.utf8))
    }

    @Test func `the sidecar is told both topics, each with a dead letter topic`() async throws {
        let api = try APIHarness()
        let answer = await api.send(api.app, .get, "/dapr/subscribe")
        #expect(answer.status == 200)
        let rows = try #require(answer.json.arrayValue)
        #expect(rows.map { $0["topic"]?.stringValue } == ["task-commands", "tasks"])
        #expect(rows.map { $0["deadLetterTopic"]?.stringValue } == ["task-commands-dead", "tasks-dead"])
        #expect(rows.allSatisfy { $0["pubsubname"] == "pubsub" })
        #expect(answer.text.contains("/events/task-commands"))
    }

    @Test func `a task.create event creates a task once, however often it comes`() async throws {
        let api = try APIHarness()
        for _ in 0..<3 {
            let answer = await Self.deliver(api, "/events/task-commands", Self.event())
            #expect(answer.status == 200)
            #expect(answer.json == ["status": "SUCCESS"])
        }
        let list = try await api.send(.get, "/api/tasks")
        #expect(list.json["total"] == 1)
        #expect(list.json["items"]?[0]?["title"] == "x")
        #expect(api.service.contexts.allSatisfy { $0.channel == .event && $0.idempotencyKey == "e1" })
        #expect(
            api.metric(
                #"task_events_received_total{topic="task-commands",type="task.create",answer="SUCCESS"}"#
            ) == "3"
        )
    }

    @Test(arguments: [
        ("not json", ""), ("{}", ""), (event("task.destroy"), "e1"), (event(data: "[]"), "e1"),
        (event(data: "5"), "e1"),
        (event(data: #"{"title":"x"}"#), "e1"), (event(data: #"{"user_id":"","title":"x"}"#), "e1"),
        (event(data: #"{"user_id":7,"title":"x"}"#), "e1"), (event(data: #"{"user_id":"demo"}"#), "e1"),
        (event(data: #"{"user_id":"demo","title":"x","nonsense":1}"#), "e1"),
        (event(id: String(repeating: "e", count: 256)), String(repeating: "e", count: 256)),
    ])
    func `an event that cannot be accepted is dropped, with a log line that says why`(
        body: String,
        id: String
    ) async throws {
        let api = try APIHarness()
        let answer = await Self.deliver(api, "/events/task-commands", body)
        #expect(answer.status == 200)
        #expect(answer.json == ["status": "DROP"])
        let line = try #require(try api.lines().first { $0["msg"] == "event refused" })
        #expect(line["event_id"]?.stringValue == id)
        #expect(line["reason"]?.stringValue?.isEmpty == false)
        #expect(line["answer"] == "DROP")
        #expect(try await api.send(.get, "/api/tasks").json["total"] == 0)
    }

    @Test func `while the store is down events come again`() async throws {
        for row in try ErrorTableTests.rows() {
            let api = try APIHarness()
            api.service.fail(with: row.error)
            let answer = await Self.deliver(api, "/events/task-commands", Self.event())
            #expect(answer.status == 200)
            #expect(answer.json == ["status": row.isTemporary ? "RETRY" : "DROP"], "\(row.error)")
        }
    }

    @Test func `our own changes are counted, and gaps and repeats seen`() async throws {
        let api = try APIHarness()
        for (sequence, owner) in [("1", "a"), ("2", "a"), ("2", "a"), ("5", "a"), ("\"6\"", "a"), ("9", "b")] {
            let body = Self.event(
                "task.updated",
                id: "\(owner)/1",
                data: "{}",
                more: #","owner":"\#(owner)","sequence":\#(sequence)"#
            )
            #expect(await Self.deliver(api, "/events/tasks", body).json == ["status": "SUCCESS"])
        }
        for (outcome, count) in [("first", "2"), ("next", "2"), ("repeated", "1"), ("gap", "1")] {
            #expect(api.metric(#"task_event_sequences_total{outcome="\#(outcome)"}"#) == count)
        }
        #expect(
            api.metric(#"task_events_received_total{topic="tasks",type="task.updated",answer="SUCCESS"}"#) == "6"
        )
    }

    @Test(arguments: [
        "", "{}", event("task.updated"), event("task.updated", more: #","owner":"a","sequence":0"#),
        event("task.updated", more: #","owner":"a","sequence":-9223372036854775808"#),
        event("task.updated", more: #","owner":"a","sequence":1.5"#), event("task.updated", more: #","sequence":1"#),
    ])
    func `a change that cannot be read is dropped`(body: String) async throws {
        let api = try APIHarness()
        #expect(await Self.deliver(api, "/events/tasks", body).json == ["status": "DROP"])
        #expect(try api.lines().contains { $0["msg"] == "event refused" })
    }

    @Test func `a type from outside is no label`() async throws {
        let api = try APIHarness()
        let body = Self.event("task.exploded", more: #","owner":"a","sequence":1"#)
        #expect(await Self.deliver(api, "/events/tasks", body).json == ["status": "SUCCESS"])
        #expect(api.metric(#"task_events_received_total{topic="tasks",type="other",answer="SUCCESS"}"#) == "1")
    }

    @Test(arguments: ["/events/newer", "/events/a/b", "/events/tasks/x"])
    func `an event of an unknown topic is never answered 404`(path: String) async throws {
        let answer = await Self.deliver(try APIHarness(), path, Self.event())
        #expect(answer.status == 200)
        #expect(answer.json == ["status": "RETRY"])
    }

    @Test func `with APP_API_TOKEN only its bearer may call`() async throws {
        let api = try APIHarness { $0.appAPIToken = "sesame" }
        func subscribe(_ headers: HTTPHeaders) async -> Answer {
            await api.send(api.app, .get, "/dapr/subscribe", headers)
        }
        for headers in [[:], ["dapr-api-token": "sesam"], ["dapr-api-token": "sesamf"], ["dapr-api-token": ""]]
            as [HTTPHeaders]
        {
            let answer = await subscribe(headers)
            #expect(answer.status == 401)
            #expect(answer.code == "APP_API_TOKEN_REQUIRED")
            #expect(await Self.deliver(api, "/events/tasks", Self.event(), headers).status == 401)
            #expect(await Self.deliver(api, "/events/unknown", Self.event(), headers).status == 401)
        }
        #expect(await subscribe(["Dapr-Api-Token": "sesame"]).status == 200)
        #expect(try await api.send(.get, "/api/tasks").status == 200)
    }

    @Test func `the public port knows nothing of the sidecar`() async throws {
        let api = try APIHarness()
        for (method, path) in [
            (HTTPMethod.get, "/dapr/subscribe"), (.post, "/events/task-commands"), (.post, "/events/tasks"),
            (.post, "/events/x"),
        ] {
            let answer = await api.send(api.publicAPI, method, path, [:], "application/json", Array(Self.event().utf8))
            #expect(answer.status == 404)
        }
        let document = await api.send(api.publicAPI, .get, "/openapi.json").text
        #expect(!document.contains("/events/"))
    }

    @Test func `the watch over sequences forgets owners rather than grow`() {
        let watch = SequenceWatch(capacity: 100)
        for owner in 0..<10_000 { #expect(watch.note(owner: "\(owner)", sequence: 1) == .first) }
        #expect(watch.count <= 100)
        #expect(watch.note(owner: "9999", sequence: 2) == .next)
        #expect(watch.note(owner: "0", sequence: 9) == .first)
        #expect(watch.note(owner: "x", sequence: .max) == .first)
        #expect(watch.note(owner: "x", sequence: .max) == .repeated)
    }
}
