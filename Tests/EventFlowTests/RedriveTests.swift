import Dapr
import DaprLog
import DaprMetrics
import Tasks
import TasksDapr
import TestSupport
import TestTools
import Testing

/// Changes that a server left unpublished, published by hand, and what `verify --outbox` says meanwhile.
struct RedriveTests {
    @Test func `a part that is published by hand does not hide the part that is not`() async throws {
        try await Flow.with { flow in
            let owner = try #require(OwnerID("ann"))
            // It dies before it publishes anything, and its lease is good for longer than the test.
            let maker = TaskIDMaker(now: { Timestamp(clamping: 1_772_000_000_000) })
            let dead = JournalTaskService(
                dapr: flow.dapr,
                store: "statestore",
                pubsub: Flow.pubsub,
                topic: "tasks",
                configuration: .ofServer,
                now: { Timestamp(clamping: 1_772_000_000_000) },
                newID: { maker.next() },
                logger: .silent,
                metrics: MetricsRegistry()
            )
            for number in 1...10 {
                _ = try await dead.perform(
                    .create(TaskContent(title: "\(number)"), id: nil),
                    owner: owner,
                    context: CommandContext(actor: owner, channel: .rest)
                )
            }
            func audit() async throws -> [ClosedRange<Int>] {
                try await PublicationAudit(dapr: flow.dapr, store: "statestore", owner: owner, sleep: { _ in }).run()
            }
            func redrive(from first: Int) async throws {
                let redrive = OutboxRedrive(
                    dapr: flow.dapr,
                    store: "statestore",
                    pubsub: Flow.pubsub,
                    topic: "tasks",
                    owner: owner
                )
                #expect(try await redrive.run(from: first).last == 10)
            }
            #expect(try await audit() == [1...10])
            try await redrive(from: 8)
            // The activity is right, since it reads what is missing from the journal, and says so.
            try await eventually("the activity has all") { try await flow.activity("ann").sequence == 10 }
            try await eventually("three were heard of") { try await audit() == [1...7] }
            try await redrive(from: 1)
            try await eventually("all were heard of") { try await audit().isEmpty }
            #expect(try await flow.activity("ann") == counted(flow.journal("ann")))
        }
    }
}
