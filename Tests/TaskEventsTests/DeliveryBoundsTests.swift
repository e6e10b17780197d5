import Dapr
import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing
import WebFront

@testable import TaskEvents

/// What a delivery may hold against what the endpoints take.
struct DeliveryBoundsTests {
    private static let paths = [
        "/events/task-commands", "/events/tasks", "/events/dead/task-commands", "/events/dead/tasks", "/events/later",
    ]

    @Test func `the endpoints take the longest delivery that the subscriptions ask for`() {
        let envelope = DeliveryBounds.envelope
        let longest = [
            DeliveryBounds.commands * (DeliveryBounds.bulkMessage * DeliveryBounds.escapes + envelope),
            DeliveryBounds.changes * (DeliveryBounds.bulkMessage + envelope),
            DeliveryBounds.deadLetters * (DeliveryBounds.base64(DeliveryBounds.bulkMessage) + envelope),
            // One by one, raw, of what the sidecar wrote anew when it was published.
            DeliveryBounds.base64(DeliveryBounds.singleMessage * DeliveryBounds.escapes + envelope) + envelope,
        ]
        #expect(longest.allSatisfy { $0 <= DeliveryBounds.limitInBytes })
        for count in [DeliveryBounds.commands, DeliveryBounds.changes, DeliveryBounds.deadLetters] {
            #expect(count > 1)
        }
    }

    @Test(arguments: paths)
    func `the endpoints for events take as much as the bounds say, and no other does`(path: String) throws {
        let api = try APIHarness()
        let head = HTTPRequest(
            method: .post,
            target: path,
            headers: ["Content-Type": "application/json", "Content-Length": "1"]
        )
        guard case .collect(let limit, _) = api.app.accept(head) else {
            Issue.record("\(path) is refused")
            return
        }
        #expect(limit == DeliveryBounds.limitInBytes)
        let others = api.app.endpoints.filter { !$0.path.hasPrefix("/events/") }
        #expect(others.allSatisfy { $0.operation.body.limitInBytes <= 1 << 20 })
    }

    @Test func `the longest event of ours is shorter than what Kafka takes`() throws {
        // A scalar that JSON writes with six bytes, in every place that a task has text.
        let text = { (count: Int) in String(repeating: "<", count: count) }
        let tags = (0..<TaskRules.tagLimit).map { number in
            JSONValue.string(text(TaskRules.tagLengthLimit - 2) + (number < 10 ? "0\(number)" : "\(number)"))
        }
        let task: JSONValue = .object([
            "title": .string(text(TaskRules.titleLimit)), "description": .string(text(TaskRules.descriptionLimit)),
            "tags": .array(tags),
        ])
        // An event has the task, and what each of its fields was and is.
        let event: JSONValue = .object(["data": task, "before": task, "after": task])
        let owner = DeliveryBounds.escapes * 255 * 3
        #expect(
            event.serialized(escapingHTML: true).count + owner < DeliveryBounds.bulkMessage - DeliveryBounds.envelope
        )
    }

    private static func command(_ id: String, user: String, title: String) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/billing","type":"task.create","#
            + #""data":{"user_id":"\#(user)","title":"\#(title)"}}"#
    }

    private static func bulk(_ events: [String]) -> [UInt8] {
        let entries = events.enumerated().map { #"{"entryId":"e\#($0)","event":\#($1)}"# }
        return Array(#"{"id":"1","entries":[\#(entries.joined(separator: ","))]}"#.utf8)
    }

    @Test func `one sender's long commands cost only themselves`() async throws {
        // However long a machine needs for them.
        let api = try APIHarness { ($0.deliveryTime, $0.commandDeadline) = (.seconds(600), .seconds(600)) }
        // As long as Kafka lets it be, and as a sidecar writes it.
        let long = String(repeating: #"\u003c"#, count: DeliveryBounds.bulkMessage)
        let events = (0..<DeliveryBounds.commands).map { number in
            Self.command("\(number)", user: number == 1 ? "ann" : "mallory", title: number == 1 ? "x" : long)
        }
        let answer = await api.send(api.app, .post, "/events/task-commands", [:], "application/json", Self.bulk(events))
        #expect(answer.status == 200)
        let statuses = answer.json["statuses"]?.arrayValue?.map { $0["status"]?.stringValue }
        // What is too long to be published with the reason is left to the sidecar.
        #expect(statuses == events.indices.map { $0 == 1 ? "SUCCESS" : "DROP" })
        #expect(try await api.send(.get, "/api/tasks", as: "ann").json["total"] == 1)
        #expect(api.broker.published.isEmpty)
        #expect(api.metric(#"tasks_events_refused_total{code="INVALID_FIELDS"}"#) == "\(DeliveryBounds.commands - 1)")
    }

    @Test func `a refused command that can be published goes to the dead letter topic with the reason`() async throws {
        let api = try APIHarness()
        let long = String(repeating: "x", count: 800 << 10)
        let event = Self.command("1", user: "ann", title: long)
        let answer = await api.send(
            api.app,
            .post,
            "/events/task-commands",
            [:],
            "application/json",
            Self.bulk([event])
        )
        #expect(answer.json["statuses"]?[0]?["status"] == "SUCCESS")
        #expect(api.broker.published.map { $0.event.extensions["deadcode"] } == ["INVALID_FIELDS"])
    }

    @Test(arguments: [129, 400, 5000])
    func `one sender's command that is nested too deep costs only itself`(depth: Int) async throws {
        let api = try APIHarness()
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let odd = #"{"specversion":"1.0","id":"d","source":"/evil","type":"task.create","data":\#(deep)}"#
        let events = [Self.command("1", user: "ann", title: "x"), odd, Self.command("2", user: "bob", title: "y")]
        let answer = await api.send(api.app, .post, "/events/task-commands", [:], "application/json", Self.bulk(events))
        let rows = try #require(answer.json["statuses"]?.arrayValue)
        #expect(rows.map { $0["entryId"] } == ["e0", "e1", "e2"])
        #expect(rows.map { $0["status"] } == ["SUCCESS", "SUCCESS", "SUCCESS"])
        for user in ["ann", "bob"] { #expect(try await api.send(.get, "/api/tasks", as: user).json["total"] == 1) }
        #expect(api.broker.published.map { $0.event.extensions["deadcode"] } == ["NOT_A_CLOUDEVENT"])
        #expect(api.broker.published.first?.event.dataBase64 == Array(odd.utf8))
    }
}
