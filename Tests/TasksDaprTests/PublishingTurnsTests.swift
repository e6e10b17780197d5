import Dapr
import JSON
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

/// Who publishes when several instances write an owner's changes.
struct PublishingTurnsTests {
    private let owner: OwnerID

    init() throws {
        owner = try #require(OwnerID("u1"))
    }

    private func sequences(_ sidecar: FakeSidecar) -> [Int] {
        sidecar.published.compactMap { $0["sequence"]?.intValue }
    }

    @Test func `alone an instance publishes at once and writes no marks`() {
        let turns = PublishingTurns(clock: { .now })
        for sequence in 1...5 {
            #expect(turns.takesOn(sequence...sequence, of: owner, after: sequence - 1, published: sequence - 1))
            turns.notePublished(owner, sequence)
        }
        #expect(turns.takeMarks().isEmpty)
    }

    @Test func `a change behind another instance's waits until the mark comes to it`() {
        let turns = PublishingTurns(clock: { .now })
        turns.noteOthers(true)
        #expect(!turns.takesOn(8...8, of: owner, after: 6, published: 6))
        #expect(turns.waitingOwners == [owner])
        #expect(!turns.see(nil, of: owner))
        #expect(!turns.see(PublishedMark(sequence: 6), of: owner))
        // Its publisher goes on to 8: it is published there.
        #expect(!turns.see(PublishedMark(sequence: 7, claimed: 8), of: owner))
        #expect(!turns.see(PublishedMark(sequence: 8), of: owner))
        #expect(!turns.isWaiting(owner))
    }

    @Test func `it is published here when all before it is and nobody took it on`() {
        let turns = PublishingTurns(clock: { .now })
        turns.noteOthers(true)
        #expect(!turns.takesOn(8...8, of: owner, after: 6, published: 6))
        #expect(turns.see(PublishedMark(sequence: 7), of: owner))
        turns.noteTakenOn(owner, through: 9)
        #expect(!turns.isWaiting(owner))
        turns.notePublished(owner, 8)
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 8, claimed: 9)])
        // As long as the mark says so, what others write is taken on too.
        #expect(turns.takesOn(11...11, of: owner, after: 9, published: 8))
        turns.notePublished(owner, 11)
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 11)])
        // It was told that all is published: now it is the others' turn.
        #expect(!turns.takesOn(13...13, of: owner, after: 11, published: 11))
    }

    @Test func `who waits writes no mark, whatever it learns of what others have published`() {
        let turns = PublishingTurns(clock: { .now })
        turns.noteOthers(true)
        #expect(turns.takesOn(1...1, of: owner, after: 0, published: 0))
        turns.notePublished(owner, 1)
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 1)])
        // A record of the publisher told that it is at 3.
        #expect(!turns.takesOn(5...5, of: owner, after: 3, published: 3))
        #expect(!turns.see(PublishedMark(sequence: 3, claimed: 9), of: owner))
        #expect(turns.takeMarks().isEmpty)
    }

    @Test func `a mark that stands still is not waited for for ever`() {
        let start = ContinuousClock.now
        let passed = Mutex(Duration.zero)
        let turns = PublishingTurns(clock: { start + passed.withLock { $0 } })
        turns.noteOthers(true)
        #expect(!turns.takesOn(8...8, of: owner, after: 6, published: 6))
        passed.withLock { $0 = .milliseconds(1500) }
        #expect(!turns.see(PublishedMark(sequence: 5), of: owner))
        passed.withLock { $0 = .milliseconds(3400) }
        #expect(!turns.see(PublishedMark(sequence: 5), of: owner))
        passed.withLock { $0 = .milliseconds(3600) }
        #expect(turns.see(PublishedMark(sequence: 5), of: owner))
    }

    @Test func `three engines that write in turn publish each change once and in order`() async throws {
        let sidecar = FakeSidecar()
        var limits = JournalLimits.quick
        limits.leaseTime = .seconds(3)
        let engines = try (0..<3).map { _ in try Engine(sidecar, limits: limits) }
        let relays = engines.map { engine in Task { await engine.service.run() } }
        // Each has to know that there are others.
        try await eventually { !engines.contains { $0.service.journal.turns.isAlone } }
        for index in 0..<60 {
            try await engines[index % 3].create("\(index)")
            if index % 10 == 9 { try await eventually { Set(sequences(sidecar)).count == index + 1 } }
        }
        try await eventually { Set(sequences(sidecar)) == Set(1...60) }
        for relay in relays { relay.cancel() }
        for relay in relays { await relay.value }
        var last = 0
        for sequence in sequences(sidecar) where sequence > last {
            #expect(sequence == last + 1)
            last = sequence
        }
        // A repeat is the price of a fault, and there was none.
        #expect(sequences(sidecar).count <= 63)
        #expect(!sidecar.rows.keys.contains { $0.hasPrefix("outbox:") })
    }
}
