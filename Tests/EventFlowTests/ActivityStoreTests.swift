import Dapr
import DaprJSON
import DaprLog
import DaprMetrics
import DaprSidecar
import DaprTesting
import Tasks
import TestSupport
import TestTools
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
        patience: Duration = .milliseconds(1),
        _ body: ([ActivityStore], DaprClient, MetricsRegistry, StubSource) async throws -> Void
    ) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: plan)
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            let metrics = MetricsRegistry()
            let source = StubSource(changes(1..<journal + 1))
            let stores = (0..<replicas).map { _ in
                ActivityStore(
                    dapr: dapr,
                    store: "statestore",
                    source: source,
                    configuration: .ofServer,
                    patience: patience,
                    watch: nil,
                    logger: .silent,
                    metrics: metrics
                )
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
            #expect(Self.count("tasks_activity_reads_total", metrics) == 3)
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

    @Test func `a change that came too early has those before it read from the journal`() async throws {
        try await Self.with(journal: 30) { stores, _, metrics, source in
            let owner = try Self.owner()
            let store = stores[0]
            // The journal is further than what came.
            let receipt = try await store.note(Self.changes([1, 2, 9]), of: owner, trace: nil)
            // What it has beyond that is on its way.
            #expect(receipt == ActivityReceipt(before: 0, after: 9))
            #expect(source.calls == 1)
            let activity = try await store.activity(of: owner, trace: nil)
            #expect(activity == counted(Self.changes(1...9), without: 3...8))
            #expect(activity.unheard == [3...8])
            #expect(Self.count("tasks_activity_catch_ups_total", metrics) == 1)
            // What comes in order needs no journal.
            #expect(try await store.note(Self.changes(10...12), of: owner, trace: nil).after == 12)
            #expect(source.calls == 1)
            // And what comes late is counted already, and heard of now; the second time it is nothing new.
            for _ in 0..<2 {
                let late = try await store.note(Self.changes([8, 3, 4]), of: owner, trace: nil)
                #expect(late == ActivityReceipt(before: 12, after: 12))
            }
            #expect(try await store.activity(of: owner, trace: nil).unheard == [5...7])
            #expect(Self.count("tasks_activity_writes_total", metrics) == 3)
        }
    }

    @Test func `what closes a gap in time needs no journal`() async throws {
        // Longer than the test: it ends when what is missing comes.
        try await Self.with(patience: .milliseconds(300)) { stores, _, metrics, source in
            let owner = try Self.owner()
            async let early = stores[0].note(Self.changes([3]), of: owner, trace: nil)
            try await eventually("the early one has read") { Self.count("tasks_activity_reads_total", metrics) == 1 }
            async let rest = stores[0].note(Self.changes([1, 2]), of: owner, trace: nil)
            #expect(try await early == ActivityReceipt(before: 0, after: 3))
            #expect(try await rest.after == 3)
            #expect(source.calls == 0)
            #expect(Self.count("tasks_activity_writes_total", metrics) == 1)
        }
    }

    @Test func `deliveries that come together and in any order are counted together, and none comes again`()
        async throws
    {
        try await Self.with("state.save -> delay 5ms", journal: 400) { stores, _, metrics, _ in
            let owner = try Self.owner()
            await withTaskGroup(of: Int?.self) { group in
                for change in Self.changes(1...400).shuffled() {
                    group.addTask {
                        let receipt = try? await stores[0].note([change], of: owner, trace: nil)
                        return receipt.map { $0.after - change.sequence }
                    }
                }
                for await distance in group { #expect(distance ?? -1 >= 0) }
            }
            #expect(try await stores[0].activity(of: owner, trace: nil) == counted(Self.changes(1...400)))
            #expect(Self.count("tasks_activity_writes_total", metrics) ?? 400 < 40)
            #expect(Self.count("tasks_activity_conflicts_total", metrics) == 0)
        }
    }

    @Test func `a gap that is longer than what is read at a time is filled at once`() async throws {
        try await Self.with(journal: 9000) { stores, _, metrics, source in
            let owner = try Self.owner()
            let receipt = try await stores[0].note(Self.changes([9000]), of: owner, trace: nil)
            #expect(receipt == ActivityReceipt(before: 0, after: 9000))
            #expect(source.calls == 5)
            #expect(try await stores[0].activity(of: owner, trace: nil).unheard == [1...8999])
            #expect(Self.count("tasks_activity_caught_up_changes_total", metrics) == 9000)
            #expect(Self.count("tasks_activity_writes_total", metrics) == 1)
        }
    }

    @Test func `when the time is over before a gap is filled, what was read is counted, and the rest later`()
        async throws
    {
        try await Self.with(journal: 5000) { stores, _, _, source in
            let owner = try Self.owner()
            var receipt = try await stores[0].note(
                Self.changes([5000]),
                of: owner,
                trace: nil,
                until: .now + .milliseconds(900)
            )
            #expect(receipt == ActivityReceipt(before: 0, after: 2048))
            source.fail(after: 1)
            receipt = try await stores[0].note(Self.changes([5000]), of: owner, trace: nil)
            #expect(receipt == ActivityReceipt(before: 2048, after: 4096))
            source.fail(after: .max)
            #expect(try await stores[0].note(Self.changes([5000]), of: owner, trace: nil).after == 5000)
        }
    }

    @Test func `a store that fails for a moment lets no delivery come again`() async throws {
        try await Self.with("state.get attempt=1-3 -> fail 500\nstate.save attempt=1-2 -> fail 500") {
            stores,
            _,
            _,
            _ in
            let owner = try Self.owner()
            #expect(try await stores[0].note(Self.changes([1, 2]), of: owner, trace: nil).after == 2)
        }
        try await Self.with("state.get -> fail 500") { stores, _, _, _ in
            let owner = try Self.owner()
            await #expect(throws: TaskError.storeUnavailable(retryAfter: .seconds(2))) {
                let deadline = ContinuousClock.now + .milliseconds(100)
                _ = try await stores[0].note(Self.changes([1]), of: owner, trace: nil, until: deadline)
            }
        }
    }

    @Test func `a sequence that is in no journal is never counted`() async throws {
        try await Self.with { stores, dapr, _, source in
            let owner = try Self.owner()
            for _ in 0..<5 { #expect(try await stores[0].note(Self.changes([7]), of: owner, trace: nil).after == 0) }
            #expect(source.calls == 5)
            #expect(try await dapr.getState("activity:a%3Ab%2F%C3%A9", in: "statestore") == nil)
        }
    }

    @Test func `what a journal keeps no more is passed over`() async throws {
        try await Self.with(journal: 20) { stores, _, _, source in
            let owner = try Self.owner()
            source.forget(before: 11)
            for _ in 0..<3 { _ = try await stores[0].note(Self.changes([15]), of: owner, trace: nil) }
            let activity = try await stores[0].activity(of: owner, trace: nil)
            #expect(activity.sequence == 15)
            #expect(activity.recent.map(\.sequence) == Array(11...15))
            // Of those that nobody has any more nothing can be said.
            #expect(activity.unheard == [11...14])
        }
    }

    @Test func `a document that cannot be read is made anew, a newer one is left alone`() async throws {
        try await Self.with { stores, dapr, metrics, source in
            let owner = try Self.owner()
            let key = StateKey("activity:\(owner.keyComponent)")
            let texts = [
                #"{"v":1}"#, "7", #"{"v":1,"sequence":1,"days":{"x":[1,1,1,1]},"recent":[]}"#,
                #"{"v":1,"sequence":3,"days":{},"recent":[],"unheard":[[2,4]]}"#,
                #"{"v":1,"sequence":3,"days":{},"recent":[],"unheard":[[3,3],[1,1]]}"#,
            ]
            for (last, text) in zip(6..., texts) {
                source.add(Self.changes(1...last))
                try await dapr.saveState([StateItem(key, json: Array(text.utf8))], in: "statestore")
                _ = try await stores[0].note(Self.changes([last]), of: owner, trace: nil)
                let activity = try await stores[0].activity(of: owner, trace: nil)
                #expect(activity == counted(Self.changes(1...last), without: 1...last - 1))
            }
            #expect(Self.count("tasks_activity_unreadable_total", metrics) ?? 0 >= texts.count)
            try await dapr.saveState([StateItem(key, value: ["v": 2])], in: "statestore")
            await #expect(throws: TaskError.newerFormat(key: key.rawValue, found: 2, supported: 1)) {
                try await stores[0].note(Self.changes([9]), of: owner, trace: nil)
            }
        }
    }

    @Test func `of what a server of before counted, nobody is known to have heard until it comes again`() async throws {
        try await Self.with { stores, dapr, _, _ in
            let owner = try Self.owner()
            let key = StateKey("activity:\(owner.keyComponent)")
            let before = String(decoding: ActivityDocument(counted(Self.changes(1...5))).bytes, as: UTF8.self)
            let old = before.replacing(#""unheard":[],"#, with: "")
            #expect(old != before)
            try await dapr.saveState([StateItem(key, json: Array(old.utf8))], in: "statestore")
            #expect(try await stores[0].activity(of: owner, trace: nil).unheard == [1...5])
            _ = try await stores[0].note(Self.changes([6]), of: owner, trace: nil)
            #expect(try await stores[0].activity(of: owner, trace: nil).unheard == [1...5])
            _ = try await stores[0].note(Self.changes(1...6), of: owner, trace: nil)
            #expect(try await stores[0].activity(of: owner, trace: nil) == counted(Self.changes(1...6)))
        }
    }

    @Test func `the document stays small, and is stored as it was written`() async throws {
        try await Self.with { stores, dapr, _, source in
            let owner = try Self.owner()
            // As large as it can be: every other change of the first six hundred was read from the journal.
            let changes = (1...1000).map { sequence in
                ActivityChange(
                    sequence: sequence,
                    time: Timestamp(clamping: Int64(sequence) * 86_400_000),
                    kind: .completed,
                    taskID: TaskID(high: 0, low: 1),
                    title: String(repeating: "\u{1F600}", count: 200)
                )
            }
            source.add(changes)
            let came = changes.filter { $0.sequence > 600 || $0.sequence % 2 == 0 }
            _ = try await stores[0].note(came, of: owner, trace: nil)
            let entry = try #require(
                try await dapr.getState(StateKey("activity:\(owner.keyComponent)"), in: "statestore")
            )
            #expect(entry.value.count < 48 << 10)
            let activity = try await stores[0].activity(of: owner, trace: nil)
            #expect(activity.sequence == 1000 && activity.unheard.count == Activity.unheardLimit)
            #expect(entry.value == ActivityDocument(activity).bytes)
        }
    }
}

extension ActivityStore {
    /// Notes changes for someone who waits long.
    func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> ActivityReceipt {
        try await note(changes, of: owner, trace: trace, until: .now + .seconds(30))
    }
}
