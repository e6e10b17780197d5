import Dapr
import DaprHTTP
import DaprJSON
import Tasks
import TasksDapr
import TestTools
import Testing

/// Much at once, on a broker or a store that is slow, where nothing is delivered twice.
struct BurstTests {
    @Test func `a plain load without a policy for retries leaves no dead letter`() async throws {
        let plan = """
            seed 7
            deliver topic=tasks chance=0.3 -> reorder 3
            deliver topic=tasks chance=0.2 -> delay 5ms
            """
        try await Flow.with(plan, retries: false) { flow in
            let users = ["ann", "bob", "cy", "di"]
            try await withThrowingTaskGroup { group in
                for caller in 0..<32 {
                    group.addTask {
                        let owner = try #require(OwnerID(users[caller % 4]))
                        for number in 0..<12 {
                            _ = try await flow.service.perform(
                                .create(TaskContent(fields: [("title", .string("\(caller).\(number)"))]), id: nil),
                                owner: owner,
                                context: CommandContext(actor: owner, channel: .rest)
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
            for user in users {
                // What came too early had those before it read from the journal: they are heard of when they have come too.
                try await eventually("the activity of \(user)") {
                    let activity = try await flow.activity(user)
                    return activity.sequence == 96 && activity.unheard.isEmpty
                }
                #expect(try await flow.activity(user) == counted(flow.journal(user)))
            }
            let again = #"tasks_events_received_total{topic="tasks",type="task.created",answer="RETRY"}"#
            #expect(flow.metric(again) == 0)
            #expect(try await flow.letters.index().ids.isEmpty)
        }
    }

    /// A bulk delivery of commands that each create a task of the user.
    private static func bulk(_ count: Int, of user: String) -> [UInt8] {
        let entries = (0..<count).map { number in
            #"{"entryId":"e\#(number)","event":{"specversion":"1.0","id":"c\#(number)","source":"/billing","#
                + #""type":"task.create","data":{"user_id":"\#(user)","title":"\#(number)"}}}"#
        }
        return Array(#"{"id":"1","entries":[\#(entries.joined(separator: ","))]}"#.utf8)
    }

    @Test func `a slow store makes no valid command of a delivery come again`() async throws {
        try await Flow.with("state.transact -> delay 400ms") { flow in
            let request = HTTPRequest(
                method: .post,
                target: "/events/task-commands",
                headers: ["Content-Type": "application/json"],
                body: Self.bulk(20, of: "ann")
            )
            let answer = await flow.app.respond(to: request)
            let rows = try JSONValue(parsing: answer.bytes)["statuses"]?.arrayValue ?? []
            #expect(rows.map { $0["status"] } == Array(repeating: "SUCCESS", count: 20))
            // In the order of the delivery.
            #expect(try await flow.journal("ann").map(\.title) == (0..<20).map { "\($0)" })
            #expect(flow.metric("tasks_commits_total") <= 3)
        }
    }
}
