import Dapr
import DaprLog
import Synchronization
import Tasks
import Testing

@testable import TasksDapr

/// Commits that were given up while they may still arrive.
struct UncertainCommitTests {
    @Test func `a slot whose commit may still arrive stays, though the clock leaps by a month`() async throws {
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let clock: @Sendable () -> ContinuousClock.Instant = { start + passed.withLock { $0 } }
        let lease = LeaseKeeper(
            documents: VersionedDocuments(dapr: DaprClient(transport: FakeSidecar()), store: "statestore", watch: nil),
            leaseTime: .seconds(10),
            takeoverTime: .seconds(20),
            newInstance: { "i" },
            noteOthers: { _ in },
            clock: clock,
            logger: .silent
        )
        let outbox = Outbox(lease: lease, idleTime: .seconds(1), clock: clock)
        let owner = try #require(OwnerID("u1"))
        outbox.settle(try await outbox.pin(owner, first: 1), .unknown)
        passed.withLock { $0 += .seconds(31 * 86_400) }
        for _ in 0..<3 {
            #expect(outbox.uncertain(after: 3).isEmpty)
            #expect(outbox.takeIdle(limit: 1, evenIfRecent: true) { _ in true }.isEmpty)
        }
        let found = outbox.uncertain(after: 3)
        #expect(found.map(\.owner) == [owner])
        for (owner, since) in found { outbox.noteCertain(owner, since: since) }
        #expect(outbox.takeIdle(limit: 1, evenIfRecent: true) { _ in true }.count == 1)
    }
}
