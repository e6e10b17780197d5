import Dapr
import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

@testable import TaskEvents

/// Deliveries of many events with one request, and of our own changes.
struct BulkDeliveryTests {
    private static func command(_ id: String, user: String = "demo", title: String = "x") -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/billing","type":"task.create","#
            + #""data":{"user_id":"\#(user)","title":"\#(title)"}}"#
    }

    private static func change(
        _ sequence: String,
        of owner: String = "demo",
        type: String = "task.completed",
        time: String = "2026-01-02T03:04:05.000Z"
    ) -> String {
        #"{"specversion":"1.0","id":"\#(owner)/\#(sequence.filter { $0 != "\"" })","source":"/tasks","type":"\#(type)","time":"\#(time)","#
            + #""subject":"0190d5a0-0000-7000-8000-000000000001","owner":"\#(owner)","sequence":\#(sequence),"#
            + #""data":{"title":"x"}}"#
    }

    private static func bulk(_ events: [String]) -> String {
        let entries = events.enumerated().map {
            #"{"entryId":"e\#($0)","event":\#($1),"contentType":"a/b","metadata":{}}"#
        }
        return #"{"id":"1","pubsubname":"pubsub","topic":"t","type":"com.dapr.event.sent.bulk","entries":["#
            + entries.joined(separator: ",") + "]}"
    }

    private static func deliver(_ api: APIHarness, _ path: String, _ events: [String]) async -> [String?] {
        let answer = await api.send(api.app, .post, path, [:], "application/json", Array(bulk(events).utf8))
        let rows = answer.json["statuses"]?.arrayValue ?? []
        #expect(rows.map { $0["entryId"]?.stringValue } == events.indices.map { "e\($0)" })
        return rows.map { $0["status"]?.stringValue }
    }

    @Test func `each command of a delivery is answered for itself`() async throws {
        let api = try APIHarness()
        let answers = await Self.deliver(
            api,
            "/events/task-commands",
            [Self.command("1"), #"{"a":1}"#, Self.command("2", user: "ann"), #""bm8=""#, Self.command("3", user: "")]
        )
        #expect(answers == Array(repeating: "SUCCESS", count: 5))
        #expect(api.broker.published.count == 3)
        #expect(Set(api.broker.published.map(\.event.type)) == ["task.unreadable", "task.create"])
        #expect(api.broker.published.contains { $0.event.data == ["a": 1] })
        #expect(api.broker.published.contains { $0.event.dataBase64 == Array("no".utf8) })
        #expect(try await api.send(.get, "/api/tasks").json["total"] == 1)
        #expect(try await api.send(.get, "/api/tasks", as: "ann").json["total"] == 1)
    }

    @Test func `an owner's commands are carried out in order`() async throws {
        let api = try APIHarness()
        let users = ["ann", "bob", "cy"]
        let events = (0..<60).map { Self.command("\($0)", user: users[$0 % 3], title: "\($0)") }
        #expect(await Self.deliver(api, "/events/task-commands", events).allSatisfy { $0 == "SUCCESS" })
        for (index, user) in users.enumerated() {
            let items = try await api.send(.get, "/api/tasks?limit=200&sort=created_at", as: user).json["items"]
            let titles = (items?.arrayValue ?? []).compactMap { $0["title"]?.stringValue }.compactMap { Int($0) }
            #expect(titles.sorted() == (0..<20).map { $0 * 3 + index })
            let keys = api.service.contexts.filter { $0.actor.rawValue == user }.compactMap(\.idempotencyKey)
            #expect(keys == (0..<20).map { "\($0 * 3 + index)" })
        }
    }

    @Test func `what follows an owner's command that comes again comes again too`() async throws {
        let api = try APIHarness()
        api.broker.setDown(true)
        let answers = await Self.deliver(
            api,
            "/events/task-commands",
            [
                Self.command("1"), Self.command("2", title: ""), Self.command("3"), Self.command("4", user: "ann"),
            ]
        )
        #expect(answers == ["SUCCESS", "RETRY", "RETRY", "SUCCESS"])
        #expect(api.service.contexts.compactMap(\.idempotencyKey).sorted() == ["1", "4"])
    }

    @Test func `when the time of a delivery is over the rest comes again`() async throws {
        let api = try APIHarness { $0.deliveryTime = .zero }
        #expect(await Self.deliver(api, "/events/task-commands", [Self.command("1")]) == ["RETRY"])
        #expect(api.service.contexts.isEmpty)
    }

    @Test func `an owner's changes of a delivery are counted together, each once`() async throws {
        let api = try APIHarness()
        let events = ["2", "1", "2", "3", "9"].map { Self.change($0) } + [Self.change("\"1\"", of: "ann")]
        let answers = await Self.deliver(api, "/events/tasks", events)
        #expect(answers == ["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS", "RETRY", "SUCCESS"])
        #expect(api.activity.calls == 2)
        for (outcome, count) in [("counted", "4"), ("repeated", "1"), ("gap", "1")] {
            #expect(api.metric(#"tasks_event_sequences_total{outcome="\#(outcome)"}"#) == count, "\(outcome)")
        }
        let activity = try await api.send(.get, "/api/activity")
        #expect(activity.json["sequence"] == 3)
        #expect(await Self.deliver(api, "/events/tasks", [Self.change("3")]) == ["SUCCESS"])
        #expect(try await api.send(.get, "/api/activity").bytes == activity.bytes)
        api.activity.fail(with: .storeUnavailable(retryAfter: .seconds(1)))
        #expect(await Self.deliver(api, "/events/tasks", [Self.change("4")]) == ["RETRY"])
    }

    @Test(arguments: [
        "{}", change("0"), change("-9223372036854775808"), change("1.5"), change("\"9223372036854775807\""),
        change("1", type: "task.exploded"),
        change("1", type: "created"), change("1", time: "yesterday"), change("1", of: ""),
        change("1").replacing(#""owner":"demo","#, with: ""), change("1").replacing(#""title":"x""#, with: ""),
    ])
    func `a change that cannot be read is dropped`(event: String) async throws {
        let api = try APIHarness()
        #expect(await Self.deliver(api, "/events/tasks", [event, Self.change("1")]) == ["DROP", "SUCCESS"])
        #expect(try api.lines().contains { $0["msg"] == "event refused" })
        let single = await api.send(
            api.app,
            .post,
            "/events/tasks",
            [:],
            "application/cloudevents+json",
            Array(event.utf8)
        )
        #expect(single.json == ["status": "DROP"])
        #expect(api.metric(#"tasks_events_received_total{topic="tasks",type="unreadable",answer="DROP"}"#) == "2")
    }

    @Test func `the activity is answered clearly, under both paths, and only to its owner`() async throws {
        let api = try APIHarness()
        let events = [
            Self.change("1", type: "task.created", time: "2025-12-31T23:59:59.999Z"),
            Self.change("2", time: "2026-01-01T00:00:00.000Z"), Self.change("3", type: "task.updated"),
            Self.change("4"),
        ]
        #expect(await Self.deliver(api, "/events/tasks", events).allSatisfy { $0 == "SUCCESS" })
        let answer = try await api.send(.get, "/api/activity")
        #expect(answer.status == 200)
        #expect(answer.headers["Cache-Control"] == "private, no-cache")
        #expect(answer.json["today"] == "2026-01-02")
        #expect(answer.json["streak"] == ["current": 2, "longest": 2])
        #expect(
            answer.json["days"] == [
                ["date": "2025-12-31", "created": 1, "completed": 0, "reopened": 0, "deleted": 0],
                ["date": "2026-01-01", "created": 0, "completed": 1, "reopened": 0, "deleted": 0],
                ["date": "2026-01-02", "created": 0, "completed": 1, "reopened": 0, "deleted": 0],
            ]
        )
        #expect(answer.json["recent"]?.arrayValue?.map { $0["sequence"] } == [4, 3, 2, 1])
        #expect(answer.json["recent"]?[3]?["type"] == "task.created")
        #expect(try await api.send(.get, "/api/demo/activity").bytes == answer.bytes)
        #expect(try await api.send(.get, "/api/ann/activity").status == 403)
        #expect(try await api.send(.get, "/api/activity", as: nil).status == 401)
        #expect(try await api.send(.get, "/api/activity", as: "ann").json["sequence"] == 0)
        api.activity.fail(with: .storeUnavailable(retryAfter: .seconds(1)))
        #expect(try await api.send(.get, "/api/activity").status == 503)
    }

    @Test func `the answer has exactly the fields of its schema`() async throws {
        let api = try APIHarness()
        _ = await Self.deliver(api, "/events/tasks", [Self.change("1")])
        let answer = try await api.send(.get, "/api/activity").json
        func compare(_ value: JSONValue, _ schema: JSONValue, _ path: String) throws {
            if let object = value.objectValue {
                let properties = try #require(schema["properties"]?.objectValue, "\(path)")
                #expect(object.keys.sorted() == properties.keys.sorted(), "\(path)")
                #expect(schema["required"]?.arrayValue?.compactMap(\.stringValue).sorted() == object.keys.sorted())
                for (name, member) in object { try compare(member, try #require(properties[name]), "\(path).\(name)") }
            }
            for element in value.arrayValue ?? [] { try compare(element, try #require(schema["items"]), path) }
        }
        let document = await api.send(api.app, .get, "/openapi.json").json
        try compare(answer, try #require(document["components"]?["schemas"]?["Activity"]), "$")
    }

    @Test func `dead letters are kept as they came, whatever they are, or come again`() async throws {
        let api = try APIHarness()
        let inner = Self.command("1")
        let raw = [inner, "not json", #"{"a":1}"#].map { "\"\(Self.base64($0))\"" }
        #expect(await Self.deliver(api, "/events/dead/task-commands", raw) == Array(repeating: "SUCCESS", count: 3))
        #expect(api.broker.kept.map(\.topic) == Array(repeating: "task-commands", count: 3))
        #expect(api.broker.kept[0].event == (try CloudEvent(decoding: Array(inner.utf8))))
        #expect(api.broker.kept[1].event.dataBase64 == Array("not json".utf8))
        #expect(api.broker.kept[2].event.data == ["a": 1])
        let envelope =
            #"{"specversion":"1.0","id":"new each time","source":"Dapr","type":"com.dapr.event.sent","#
            + #""data_base64":"\#(Self.base64(Self.change("1")))"}"#
        let single = await api.send(
            api.app,
            .post,
            "/events/dead/tasks",
            [:],
            "application/cloudevents+json",
            Array(envelope.utf8)
        )
        #expect(single.json == ["status": "SUCCESS"])
        #expect(api.broker.kept[3].event.id == "demo/1")
        #expect(api.broker.kept[3].topic == "tasks")
        api.broker.setDown(true)
        #expect(await Self.deliver(api, "/events/dead/tasks", raw) == Array(repeating: "RETRY", count: 3))
    }

    private static func base64(_ text: String) -> String {
        var event = CloudEvent(id: "1", source: "/", type: "t")
        event.dataBase64 = Array(text.utf8)
        let encoded = (try? JSONValue(parsing: event.encoded()))?["data_base64"]?.stringValue
        return encoded ?? ""
    }
}
