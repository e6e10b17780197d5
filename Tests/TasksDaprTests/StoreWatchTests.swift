import Dapr
import DaprLog
import DaprMetrics
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Whoever calls the store, a call that fails puts every view in doubt.
struct StoreWatchTests {
    /// A sidecar that is not there.
    private struct NoSidecar: DaprTransport {
        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            throw .unreachable("reset")
        }
    }

    private let watch = StoreWatch()
    private let dapr = DaprClient(transport: NoSidecar())

    @Test func `a read of an activity that fails is trouble`() async throws {
        let store = ActivityStore(
            dapr: dapr,
            store: "statestore",
            source: JournalChangeSource(dapr: dapr, store: "statestore", watch: watch),
            configuration: .quick,
            watch: watch,
            logger: .silent,
            metrics: MetricsRegistry()
        )
        #expect(watch.lastTrouble == nil)
        await #expect(throws: TaskError.self) {
            try await store.activity(of: try #require(OwnerID("u1")), trace: nil)
        }
        #expect(watch.lastTrouble != nil)
    }

    @Test func `a write of an activity that fails is trouble`() async throws {
        let batcher = WriteBatcher(dapr: dapr, store: "statestore", executor: nil, watch: watch)
        await #expect(throws: DaprError.self) {
            try await batcher.save(StateItem("activity:u1", json: Array("1".utf8)), trace: nil)
        }
        #expect(watch.lastTrouble != nil)
    }

    @Test func `a gap that cannot be read from the journal is trouble`() async throws {
        let source = JournalChangeSource(dapr: dapr, store: "statestore", watch: watch)
        await #expect(throws: TaskError.self) {
            try await source.changes(of: try #require(OwnerID("u1")), after: 0, told: 2, limit: 10)
        }
        #expect(watch.lastTrouble != nil)
    }

    @Test func `events that cannot be read for the relay are trouble`() async throws {
        let publisher = EventPublisher(dapr: dapr, store: "statestore", pubsub: "pubsub", topic: "tasks", watch: watch)
        await #expect(throws: JournalFailure.self) { try await publisher.read(try #require(OwnerID("u1")), from: 1) }
        #expect(watch.lastTrouble != nil)
    }

    @Test func `an owner that cannot be listed is trouble`() async throws {
        let directory = OwnerDirectory(dapr: dapr, store: "statestore", watch: watch)
        await #expect(throws: JournalFailure.self) { try await directory.add(try #require(OwnerID("u1"))) }
        #expect(watch.lastTrouble != nil)
    }

    @Test func `a call that is late is trouble, and one that ends well is not`() async throws {
        let good = FakeSidecar()
        let batcher = WriteBatcher(
            dapr: DaprClient(transport: good),
            store: "statestore",
            executor: nil,
            watch: watch
        )
        try await batcher.save(StateItem("activity:u1", json: Array("1".utf8)), trace: nil)
        #expect(watch.lastTrouble == nil)
        watch.note(nil, since: .now - .seconds(2))
        #expect(watch.lastTrouble != nil)
    }
}
