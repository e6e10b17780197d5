import Dapr
import DaprHTTP
import DaprJSON
import DaprMetrics
import DoorSupport
import Tasks
import Testing

@testable import TaskEvents

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

    @Test(arguments: [false, true])
    func `the sidecar is told both topics and their dead letter topics, in bulk where the broker delivers so`(
        inBulk: Bool
    ) async throws {
        let api = try APIHarness { $0.deliversInBulk = inBulk }
        let answer = await api.send(api.app, .get, "/dapr/subscribe")
        #expect(answer.status == 200)
        let rows = try #require(answer.json.arrayValue)
        #expect(
            rows.map { $0["topic"]?.stringValue } == ["task-commands", "tasks", "task-commands-dead", "tasks-dead"]
        )
        #expect(rows.map { $0["deadLetterTopic"]?.stringValue } == ["task-commands-dead", "tasks-dead", nil, nil])
        #expect(
            rows.map { $0["route"]?.stringValue } == [
                "/events/task-commands", "/events/tasks", "/events/dead/task-commands", "/events/dead/tasks",
            ]
        )
        #expect(rows.map { $0["metadata"]?["rawPayload"]?.stringValue } == [nil, nil, "true", "true"])
        #expect(rows.allSatisfy { $0["pubsubname"] == "pubsub" })
        #expect(rows.map { $0["bulkSubscribe"]?["enabled"] } == Array(repeating: inBulk ? true : nil, count: 4))
        let counts = [DeliveryBounds.commands, DeliveryBounds.changes, DeliveryBounds.deadLetters]
            .map { inBulk ? $0 : nil }
        #expect(rows.map { $0["bulkSubscribe"]?["maxMessagesCount"]?.intValue } == counts + counts.suffix(1))
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
                #"tasks_events_received_total{topic="task-commands",type="task.create",answer="SUCCESS"}"#
            ) == "3"
        )
        #expect(api.broker.published.isEmpty)
    }

    @Test func `a task is created, changed, completed, reopened and deleted by events`() async throws {
        let api = try APIHarness()
        let id = "0190d5a0-0000-7000-8000-000000000001"
        let steps: [(type: String, data: String, status: String?)] = [
            ("create", #""title":"x","v":1"#, "todo"), ("update", #""title":"y","version":1"#, "todo"),
            ("complete", #""version":2"#, "done"), ("reopen", "", "todo"), ("delete", "", nil),
        ]
        for (type, fields, status) in steps {
            let data = #"{"user_id":"demo","id":"\#(id)"\#(fields.isEmpty ? "" : ",")\#(fields)}"#
            let body = Self.event("task.\(type)", id: type, data: data)
            #expect(await Self.deliver(api, "/events/task-commands", body).json == ["status": "SUCCESS"])
            let task = try await api.send(.get, "/api/tasks/\(id)")
            #expect(task.json["status"]?.stringValue == status, "\(type)")
        }
        #expect(api.broker.published.isEmpty)
    }

    @Test(arguments: [
        ("not json", "NOT_A_CLOUDEVENT"), ("{}", "NOT_A_CLOUDEVENT"), (event("task.destroy"), "UNKNOWN_TYPE"),
        (event(data: "[]"), "INVALID_DATA"), (event(data: "5"), "INVALID_DATA"),
        (event(data: #"{"title":"x"}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":"","title":"x"}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":7,"title":"x"}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":"demo"}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":"demo","title":"x","nonsense":1}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":"demo","title":"x","version":1}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":"demo","title":"x","id":"7"}"#), "INVALID_FIELDS"),
        (event(data: #"{"user_id":"demo","title":"x","v":2}"#), "UNSUPPORTED_VERSION"),
        (event(data: #"{"user_id":"demo","title":"x","v":"1"}"#), "INVALID_DATA"),
        (event("task.complete", data: #"{"user_id":"demo"}"#), "INVALID_FIELDS"),
        (event("task.complete", data: #"{"user_id":"demo","id":"\(missing)","title":"x"}"#), "INVALID_FIELDS"),
        (event("task.complete", data: #"{"user_id":"demo","id":"\(missing)","version":0}"#), "INVALID_FIELDS"),
        (event("task.update", data: #"{"user_id":"demo","id":"\(missing)","title":"y"}"#), "TASK_NOT_FOUND"),
        (event(id: String(repeating: "e", count: 256)), "INVALID_EVENT_ID"),
    ])
    func `an event that cannot be accepted goes to the dead letter topic with the reason`(
        body: String,
        code: String
    ) async throws {
        let api = try APIHarness()
        let body = body.replacing(#"\(missing)"#, with: "0190d5a0-0000-7000-8000-000000000001")
        let answer = await Self.deliver(api, "/events/task-commands", body)
        #expect(answer.status == 200)
        #expect(answer.json == ["status": "SUCCESS"])
        let dead = try #require(api.broker.published.first)
        #expect(api.broker.published.count == 1)
        #expect(dead.topic == "task-commands-dead")
        #expect(dead.event.extensions["deadcode"]?.stringValue == code)
        #expect(dead.event.extensions["deadreason"]?.stringValue?.isEmpty == false)
        #expect(dead.event.extensions["deadtime"]?.stringValue == "2026-01-02T03:04:05.000Z")
        if let sent = try? CloudEvent(decoding: Array(body.utf8)) {
            var original = dead.event
            for name in ["deadcode", "deadreason", "deadtime"] { original.extensions[name] = nil }
            #expect(original == sent)
        } else {
            #expect(dead.event.extensions["deadraw"]?.stringValue == "true")
            #expect(dead.event.dataBase64 == Array(body.utf8) || dead.event.data == [:])
        }
        let line = try #require(try api.lines().first { $0["msg"] == "event refused" })
        #expect(line["event_id"]?.stringValue == dead.event.id)
        #expect(line["code"]?.stringValue == code)
        #expect(api.metric(#"tasks_events_refused_total{code="\#(code)"}"#) == "1")
        #expect(try await api.send(.get, "/api/tasks").json["total"] == 0)
        // While the broker is down it comes again, and nothing is lost.
        api.broker.setDown(true)
        #expect(await Self.deliver(api, "/events/task-commands", body).json == ["status": "RETRY"])
    }

    /// A command whose data comes as bytes.
    private static func encoded(_ data: String, id: String, type: String?) -> String {
        var event = CloudEvent(id: id, source: "/x", type: "task.create")
        event.dataBase64 = Array(data.utf8)
        event.datacontenttype = type
        return String(decoding: event.encoded(), as: UTF8.self)
    }

    @Test func `data that comes as the bytes of JSON is JSON`() async throws {
        let api = try APIHarness()
        let types = ["application/json", "application/json; charset=utf-8", "Application/Problem+JSON", "text/x+json"]
        for (number, type) in types.enumerated() {
            let body = Self.encoded(#"{"user_id":"demo","title":"\#(number)"}"#, id: "b\(number)", type: type)
            #expect(await Self.deliver(api, "/events/task-commands", body).json == ["status": "SUCCESS"])
        }
        #expect(try await api.send(.get, "/api/tasks").json["total"]?.intValue == types.count)
        #expect(api.broker.published.isEmpty)
    }

    @Test(arguments: [
        ("text/plain", #"{"user_id":"demo","title":"x"}"#), (nil, #"{"user_id":"demo","title":"x"}"#),
        ("application/json", "no"), ("application/json", "[]"),
        ("application/jsonx", #"{"user_id":"demo","title":"x"}"#),
    ])
    func `bytes of another type, or of no JSON, are no command`(type: String?, data: String) async throws {
        let api = try APIHarness()
        let body = Self.encoded(data, id: "b", type: type)
        #expect(await Self.deliver(api, "/events/task-commands", body).json == ["status": "SUCCESS"])
        #expect(api.broker.published.map { $0.event.extensions["deadcode"] } == ["INVALID_DATA"])
        #expect(api.broker.published.first?.event.dataBase64 == Array(data.utf8))
    }

    @Test func `a field's name from outside makes no endless reason`() async throws {
        let api = try APIHarness()
        let name = String(repeating: "n", count: 100_000)
        let body = Self.event(data: #"{"user_id":"demo","title":"x","\#(name)":1}"#)
        #expect(await Self.deliver(api, "/events/task-commands", body).json == ["status": "SUCCESS"])
        let reason = try #require(api.broker.published.first?.event.extensions["deadreason"]?.stringValue)
        #expect(reason.utf8.count < 600)
    }

    @Test func `types that nobody knows are one label of the metric`() async throws {
        let api = try APIHarness()
        for number in 0..<300 {
            _ = await Self.deliver(api, "/events/task-commands", Self.event("evil.\(number)", id: "e\(number)"))
        }
        let text = String(decoding: api.metrics.exposition(), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("tasks_events_received_total{") }
        #expect(lines.count == 1)
        #expect(lines[0].contains(#"type="other""#) && lines[0].hasSuffix(" 300"), "\(lines)")
    }

    @Test func `while the store is down events come again`() async throws {
        for row in try ErrorRow.all() {
            let api = try APIHarness()
            api.service.fail(with: row.error)
            let answer = await Self.deliver(api, "/events/task-commands", Self.event())
            #expect(answer.status == 200)
            #expect(answer.json == ["status": row.isTemporary ? "RETRY" : "SUCCESS"], "\(row.error)")
            #expect(api.broker.published.count == (row.isTemporary ? 0 : 1))
        }
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
            (.post, "/events/x"), (.post, "/events/dead/tasks"),
        ] {
            let answer = await api.send(api.publicAPI, method, path, [:], "application/json", Array(Self.event().utf8))
            #expect(answer.status == 404)
        }
        let document = await api.send(api.publicAPI, .get, "/openapi.json").text
        #expect(!document.contains("/events/"))
    }
}
