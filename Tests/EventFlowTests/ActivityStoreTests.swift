import Dapr
import JSON
import Log
import Metrics
import Sidecar
import SidecarTransport
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

/// The activity document over a store.
struct ActivityStoreTests {
    private static func owner() throws -> OwnerID { try #require(OwnerID("a:b/é")) }

    private static func changes(_ sequences: some Sequence<Int>) -> [ActivityChange] {
        sequences.map { sequence in
            ActivityChange(
                sequence: sequence,
                time: Timestamp(clamping: 1_767_323_045_000 + Int64(sequence) * 7_200_000),
                kind: TaskChange.Kind.allCases[sequence % 5],
                taskID: TaskID(high: 0, low: UInt64(sequence)),
                title: "<\(sequence)> \"é\""
            )
        }
    }

    /// Lends stores over one sidecar, as replicas would have.
    private static func with(
        _ plan: String = "",
        replicas: Int = 1,
        journal: Int = 0,
        _ body: ([ActivityStore], DaprClient, MetricsRegistry, StubSource) async throws -> Void
    ) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: plan)
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            let metrics = MetricsRegistry()
            let source = StubSource(changes(1..<journal + 1))
            let stores = (0..<replicas).map { _ in
                ActivityStore(dapr: dapr, store: "statestore", source: source, logger: .silent, metrics: metrics)
            }
            try await body(stores, dapr, metrics, source)
        }
    }

    private static func count(_ name: String, _ metrics: MetricsRegistry) -> Int? {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    @Test func `many changes cost one read and one write, and repeats one read`() async throws {
        try await Self.with { stores, _, metrics, _ in
            let owner = try Self.owner()
            #expect(try await stores[0].activity(of: owner, trace: nil) == Activity())
            let receipt = try await stores[0].note(Self.changes(1...100).shuffled(), of: owner, trace: nil)
            #expect(receipt == ActivityReceipt(before: 0, after: 100))
            #expect(Self.count("tasks_activity_reads_total", metrics) == 2)
            #expect(Self.count("tasks_activity_writes_total", metrics) == 1)
            let again = try await stores[0].note(Self.changes(40...90), of: owner, trace: nil)
            #expect(again == ActivityReceipt(before: 100, after: 100))
            #expect(Self.count("tasks_activity_writes_total", metrics) == 1)
            #expect(try await stores[0].activity(of: owner, trace: nil) == counted(Self.changes(1...100)))
        }
    }

    @Test(arguments: 1...10)
    func `replicas that count the same changes at once count each once`(seed: Int) async throws {
        let plan =
            "seed \(seed)\nstate.save attempt=1-6 chance=0.2 -> lose\nstate.save attempt=1-6 chance=0.2 -> delay 2ms"
        try await Self.with(plan, replicas: 4) { stores, _, _, _ in
            let owner = try Self.owner()
            await withTaskGroup { group in
                for store in stores {
                    group.addTask {
                        var next = 1
                        while next <= 60 {
                            // What is refused comes again, as it would from the sidecar.
                            let receipt = try? await store.note(Self.changes(next..<next + 7), of: owner, trace: nil)
                            next = max(next, (receipt?.after ?? 0) + 1)
                        }
                    }
                }
            }
            let activity = try await stores[0].activity(of: owner, trace: nil)
            #expect(activity.sequence >= 60)
            #expect(activity == counted(Self.changes(1...activity.sequence)))
        }
    }

    @Test func `a write over what another replica wrote since is refused, and decided again`() async throws {
        try await Self.with("state.save attempt=1 -> delay 100ms", replicas: 2) { stores, _, metrics, _ in
            let owner = try Self.owner()
            async let slow = stores[0].note(Self.changes(1...3), of: owner, trace: nil)
            try await eventually("the slow one has read") { Self.count("tasks_activity_reads_total", metrics) == 1 }
            let fast = try await stores[1].note(Self.changes(1...10), of: owner, trace: nil)
            #expect(fast == ActivityReceipt(before: 0, after: 10))
            #expect(try await slow.after == 10)
            #expect(try await stores[0].activity(of: owner, trace: nil) == counted(Self.changes(1...10)))
            #expect(Self.count("tasks_activity_conflicts_total", metrics) == 1)
        }
    }

    @Test func `a gap is waited for, and then filled from the journal`() async throws {
        try await Self.with(journal: 30) { stores, _, metrics, source in
            let owner = try Self.owner()
            let store = stores[0]
            #expect(try await store.note(Self.changes([1, 2, 9]), of: owner, trace: nil).after == 2)
            #expect(try await store.note(Self.changes([9, 10]), of: owner, trace: nil).after == 2)
            #expect(source.calls == 0)
            // The journal is further than what came.
            #expect(
                try await store.note(Self.changes([9]), of: owner, trace: nil) == ActivityReceipt(before: 2, after: 30)
            )
            #expect(source.calls == 1)
            #expect(try await store.activity(of: owner, trace: nil) == counted(Self.changes(1...30)))
            #expect(Self.count("tasks_activity_catch_ups_total", metrics) == 1)
            // What closes a gap in time needs no journal.
            #expect(try await store.note(Self.changes([32]), of: owner, trace: nil).after == 30)
            #expect(try await store.note(Self.changes([31]), of: owner, trace: nil).after == 31)
            #expect(try await store.note(Self.changes([32]), of: owner, trace: nil).after == 32)
            #expect(source.calls == 1)
        }
    }

    @Test func `a sequence that is in no journal is never counted`() async throws {
        try await Self.with { stores, dapr, _, source in
            let owner = try Self.owner()
            for _ in 0..<5 { #expect(try await stores[0].note(Self.changes([7]), of: owner, trace: nil).after == 0) }
            #expect(source.calls == 3)
            #expect(try await dapr.state("statestore", "activity:a%3Ab%2F%C3%A9") == nil)
        }
    }

    @Test func `what a journal keeps no more is passed over`() async throws {
        try await Self.with(journal: 20) { stores, _, _, source in
            let owner = try Self.owner()
            source.forget(before: 11)
            for _ in 0..<3 { _ = try await stores[0].note(Self.changes([15]), of: owner, trace: nil) }
            let activity = try await stores[0].activity(of: owner, trace: nil)
            #expect(activity.sequence == 20)
            #expect(activity.recent.map(\.sequence) == Array(11...20))
        }
    }

    @Test func `a document that cannot be read is made anew, a newer one is left alone`() async throws {
        try await Self.with(journal: 6) { stores, dapr, metrics, _ in
            let owner = try Self.owner()
            let key = StateKey("activity:\(owner.keyComponent)")
            for text in [#"{"v":1}"#, "7", #"{"v":1,"sequence":1,"days":{"x":[1,1,1,1]},"recent":[]}"#] {
                try await dapr.save("statestore", [StateItem(key: key, value: Array(text.utf8))])
                for _ in 0..<3 { _ = try await stores[0].note(Self.changes([6]), of: owner, trace: nil) }
                #expect(try await stores[0].activity(of: owner, trace: nil) == counted(Self.changes(1...6)))
            }
            #expect(Self.count("tasks_activity_unreadable_total", metrics) ?? 0 >= 3)
            try await dapr.save("statestore", [StateItem(key, value: ["v": 2])])
            await #expect(throws: TaskError.newerFormat(key: key.rawValue, found: 2, supported: 1)) {
                try await stores[0].note(Self.changes([1]), of: owner, trace: nil)
            }
        }
    }

    @Test func `the document stays small, and is stored as it was written`() async throws {
        try await Self.with { stores, dapr, _, _ in
            let owner = try Self.owner()
            let changes = (1...1000).map { sequence in
                ActivityChange(
                    sequence: sequence,
                    time: Timestamp(clamping: Int64(sequence) * 86_400_000),
                    kind: .completed,
                    taskID: TaskID(high: 0, low: 1),
                    title: String(repeating: "\u{1F600}", count: 200)
                )
            }
            _ = try await stores[0].note(changes, of: owner, trace: nil)
            let entry = try #require(try await dapr.state("statestore", StateKey("activity:\(owner.keyComponent)")))
            #expect(entry.value.count < 40 << 10)
            #expect(entry.value == ActivityDocument.encoded(counted(changes)))
        }
    }

    @Test func `gaps are remembered of so many owners, and no more`() throws {
        let memory = GapMemory(capacity: 100, patience: 2)
        for number in 0..<10_000 {
            #expect(memory.mayFill(try #require(OwnerID("\(number)")), after: 1))
        }
        #expect(memory.count <= 100)
        let owner = try #require(OwnerID("9999"))
        #expect(memory.mayFill(owner, after: 1))
        #expect(!memory.mayFill(owner, after: 1))
        #expect(memory.mayFill(owner, after: 2))
        memory.forget(owner)
        #expect(memory.mayFill(owner, after: 2))
    }
}

/// A journal in memory.
final class StubSource: ChangeSource {
    private let state: Mutex<(changes: [ActivityChange], calls: Int)>

    init(_ changes: [ActivityChange]) { state = Mutex((changes, 0)) }

    var calls: Int { state.withLock { $0.calls } }

    func forget(before sequence: Int) { state.withLock { $0.changes.removeAll { $0.sequence < sequence } } }

    func changes(
        of owner: OwnerID,
        after sequence: Int,
        told: Int,
        limit: Int
    ) async throws(TaskError) -> [ActivityChange] {
        state.withLock { state in
            state.calls += 1
            return Array(state.changes.filter { $0.sequence > sequence }.prefix(limit))
        }
    }
}
