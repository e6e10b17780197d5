import Dapr
import DaprJSON
import Tasks
import TasksDapr
import TestTools
import Testing

/// Commands by event, and what becomes of their changes, under faults.
struct CommandFlowTests {
    @Test(arguments: 1...12)
    func `commands are carried out once and changes counted once, whatever is lost, repeated or reordered`(
        seed: Int
    ) async throws {
        let plan = """
            seed \(seed)
            deliver topic=task-commands chance=0.2 -> duplicate 1
            deliver topic=tasks chance=0.2 -> duplicate 2
            deliver topic=tasks chance=0.2 -> reorder 3
            deliver topic=tasks chance=0.1 -> delay 3ms
            deliver attempt=1-3 chance=0.2 -> lose
            deliver attempt=1-3 chance=0.1 -> cut
            state.transact attempt=1-2 chance=0.1 -> lose
            state.save attempt=1-3 chance=0.2 -> lose
            publish.bulk attempt=1-2 chance=0.1 -> lose
            """
        try await Flow.with(plan) { flow in
            let users = ["ann", "bob/é", "cy"]
            var random = SeededRandom(seed: UInt64(seed))
            for number in 0..<24 {
                let user = users[number % 3]
                let id = Self.id(number)
                try await flow.send(
                    "task.create",
                    id: "c\(number)",
                    user: user,
                    ["id": id, "title": .string("\(number)")]
                )
                for step in 0..<Int.random(in: 0...3, using: &random) {
                    let type = ["task.complete", "task.reopen", "task.update"].randomElement(using: &random) ?? ""
                    let data: JSONObject =
                        type == "task.update" ? ["id": id, "title": .string("\(number).\(step)")] : ["id": id]
                    try await flow.send(type, id: "s\(number).\(step)", user: user, data)
                }
            }
            for (index, user) in users.enumerated() {
                try await eventually("all tasks of \(user)") {
                    try await flow.journal(user).filter { $0.kind == .created }.count == 8
                }
                // Nothing more comes once the journal rests and the activity has reached it.
                try await eventually("the activity of \(user) is the journal's") {
                    let head = try await flow.journal(user).last?.sequence ?? 0
                    return try await flow.activity(user).sequence == head
                }
                let ids = try await flow.tasks(user).map(\.id.rawValue)
                let sent = (0..<24).filter { $0 % 3 == index }.compactMap { Self.id($0).stringValue }
                #expect(Set(ids) == Set(sent))
                #expect(ids.count == 8)
            }
            try await eventually("everything is delivered") {
                try await Task.sleep(for: .milliseconds(150))
                for user in users {
                    let journal = try await flow.journal(user)
                    guard try await flow.activity(user) == counted(journal) else { return false }
                }
                return true
            }
        }
    }

    /// What `docs/events.md` says of the sidecar's own port: there it is as easy to publish, so nothing is lost by it.
    @Test
    func
        `an event invoked through the server's own sidecar is a delivery, but not with a caller's name, nor from another's`()
        async throws
    {
        try await Flow.with { flow in
            func invoke(_ app: AppID, _ id: String, _ headers: [(name: String, value: String)] = []) async throws -> Int
            {
                let event =
                    #"{"specversion":"1.0","id":"\#(id)","source":"/s","type":"task.create","data":{"user_id":"ann","title":"\#(id)"}}"#
                let type = [(name: "content-type", value: "application/cloudevents+json")]
                return try await flow.dapr.invokeMethod(
                    "events/task-commands",
                    of: app,
                    httpMethod: "POST",
                    headers: type + headers,
                    json: Array(event.utf8)
                ).status
            }
            #expect(try await invoke("task-server", "own") == 200)
            #expect(try await invoke("task-server", "named", [("dapr-caller-app-id", "task-server")]) == 403)
            #expect(try await invoke("task-server", "called", [("dapr-callee-app-id", "task-server")]) == 403)
            // A dev-sidecar knows its own application and no other.
            let error = await #expect(throws: DaprError.self) { try await invoke("another", "far") }
            #expect(error?.message?.contains("couldn't find service") == true, "\(error.debugDescription)")
            let titles = try await flow.tasks("ann").map(\.content.title)
            #expect(titles == ["own"])
        }
    }

    @Test func `changes that never come are read from the journal`() async throws {
        // Two changes are not delivered until the sidecar gives them up.
        try await Flow.with("deliver topic=tasks key=ann/2 -> fail 500\ndeliver topic=tasks key=ann/3 -> fail 500") {
            flow in
            for number in 1...3 {
                try await flow.send("task.create", id: "c\(number)", user: "ann", ["title": "x"])
                try await eventually("\(number) changes") { try await flow.journal("ann").count == number }
                try await Task.sleep(for: .milliseconds(150))
            }
            for number in 4...6 { try await flow.send("task.create", id: "c\(number)", user: "ann", ["title": "x"]) }
            try await eventually("the activity is the journal's") {
                let activity = try await flow.activity("ann")
                let journal = try await flow.journal("ann")
                return activity.sequence == 6 && activity == counted(journal, without: 2...3)
            }
            #expect(flow.metric("tasks_activity_catch_ups_total") > 0)
        }
    }

    @Test func `what the journal keeps no more is passed over, and the rest counted`() async throws {
        try await Flow.with("deliver topic=tasks -> fail 500") { flow in
            for number in 1...9 { try await flow.send("task.create", id: "c\(number)", user: "ann", ["title": "x"]) }
            try await eventually("all are written") { try await flow.journal("ann").count == 9 }
            let journal = try await flow.journal("ann")
            // The oldest commits go, as their time runs out.
            for number in 1...4 { try await flow.dapr.deleteState(StateKey("log:ann:\(number)"), in: "statestore") }
            let left = try await JournalChangeSource(dapr: flow.dapr, store: "statestore", watch: nil)
                .changes(of: #require(OwnerID("ann")), after: 0, told: 9, limit: 100)
            // A commit may hold several changes, and goes whole.
            #expect(left == journal.suffix(left.count))
            #expect((1...5).contains(left.count))
            for _ in 0..<3 {
                _ = try await flow.activity.note([journal[8]], of: #require(OwnerID("ann")), trace: nil)
            }
            let activity = try await flow.activity("ann")
            #expect(activity.sequence == 9)
            #expect(activity.recent == left)
        }
    }

    @Test func `a redriven dead letter is carried out once`() async throws {
        try await Flow.with("publish topic=task-commands key=late attempt=2 -> lose") { flow in
            let id = Self.id(7)
            try await flow.send("task.complete", id: "late", user: "ann", ["id": id])
            try await eventually("the dead letter is kept") { try await flow.letters.index().ids.count == 1 }
            let name = try #require(try await flow.letters.index().ids.first)
            let letter = try await flow.letters.letter(name)
            #expect(letter.code == "TASK_NOT_FOUND")
            #expect(letter.topic == "task-commands")
            #expect(letter.event.id == "late")
            #expect(letter.reason?.isEmpty == false)

            let redrive = DeadLetterRedrive(flow.letters, pubsub: Flow.pubsub)
            try await flow.send("task.create", id: "early", user: "ann", ["id": id, "title": "x"])
            try await eventually("the task is there") { try await flow.tasks("ann").count == 1 }
            // The answer to the first is lost, so it is done again.
            await #expect(throws: DeadLetterError.self) { try await redrive.redrive(name) }
            #expect(try await redrive.redrive(name) == .redriven)
            await #expect(throws: DeadLetterError.unknown(name)) { try await redrive.redrive(name) }
            try await eventually("it is done") { try await flow.tasks("ann").first?.content.completed == true }
            try await eventually("both events were handled") {
                flow.metric(
                    #"tasks_events_received_total{topic="task-commands",type="task.complete",answer="SUCCESS"}"#
                ) >= 3
            }
            #expect(try await flow.journal("ann").map(\.kind) == [.created, .completed])
            #expect(try await flow.letters.index().ids.isEmpty)
        }
    }

    @Test func `an event that is refused again after a redrive is still kept`() async throws {
        try await Flow.with { flow in
            try await flow.send("task.delete", id: "d1", user: "ann", ["id": Self.id(1)])
            try await eventually("kept") { try await flow.letters.index().ids.count == 1 }
            let name = try #require(try await flow.letters.index().ids.first)
            _ = try await DeadLetterRedrive(flow.letters, pubsub: Flow.pubsub).redrive(name)
            try await eventually("kept again") {
                flow.metric(#"tasks_dead_letters_kept_total{outcome="new"}"#)
                    + flow.metric(#"tasks_dead_letters_kept_total{outcome="again"}"#) == 2
            }
            #expect(try await flow.letters.index().ids == [name])
        }
    }

    @Test func `messages that are no events are kept with what they hold, and sent again as they were`() async throws {
        try await Flow.with { flow in
            try await flow.dapr.publishEvent(
                json: Array(#"{"hello":[1,2.5,"<é>"]}"#.utf8),
                to: "task-commands",
                in: Flow.pubsub,
                metadata: ["rawPayload": "true"]
            )
            try await eventually("kept") { try await flow.letters.index().ids.count == 1 }
            let name = try #require(try await flow.letters.index().ids.first)
            let letter = try await flow.letters.letter(name)
            #expect(letter.code == "NOT_A_CLOUDEVENT")
            #expect(letter.event.data == ["hello": [1, 2.5, "<é>"]])
            _ = try await DeadLetterRedrive(flow.letters, pubsub: Flow.pubsub).redrive(name)
            try await eventually("refused again, as the same") {
                flow.metric(#"tasks_events_refused_total{code="NOT_A_CLOUDEVENT"}"#) == 2
            }
            try await eventually("kept again") { try await flow.letters.index().ids == [name] }
        }
    }

    private static func id(_ number: Int) -> JSONValue {
        .string("0190d5a0-0000-7000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)")
    }
}
