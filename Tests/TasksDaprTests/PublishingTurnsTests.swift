import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
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
        let turns = PublishingTurns(name: "A", clock: { .now })
        turns.noteOthers(true)
        #expect(!turns.takesOn(8...8, of: owner, after: 6, published: 6))
        #expect(turns.see(PublishedMark(sequence: 7), of: owner))
        turns.noteTakenOn(owner, through: 9)
        #expect(!turns.isWaiting(owner))
        turns.notePublished(owner, 8)
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 8, claimed: 9, publisher: "A")])
    }

    @Test func `a turn is kept while others write, and given up when they do not any more`() {
        let start = ContinuousClock.now
        let passed = Mutex(Duration.zero)
        let turns = PublishingTurns(name: "A", clock: { start + passed.withLock { $0 } })
        turns.noteOthers(true)
        #expect(!turns.takesOn(8...8, of: owner, after: 6, published: 6))
        #expect(turns.see(PublishedMark(sequence: 7), of: owner))
        turns.noteTakenOn(owner, through: 8)
        #expect(turns.kept.isEmpty)
        // Another wrote soon after: what both write is published here.
        #expect(turns.takesOn(10...10, of: owner, after: 8, published: 7))
        #expect(turns.kept.map(\.claimed) == [10])
        turns.notePublished(owner, 8)
        let claim = PublishedMark(sequence: 8, claimed: PublishedMark.everything, publisher: "A")
        let marks = turns.takeMarks()
        #expect(marks.map(\.mark) == [claim])
        turns.noteStored(marks)
        #expect(turns.seeKept(claim, of: owner))
        passed.withLock { $0 = .milliseconds(1900) }
        turns.noteNews(owner)
        turns.noteTakenOn(owner, through: 11)
        turns.notePublished(owner, 11)
        passed.withLock { $0 = .milliseconds(3800) }
        #expect(turns.takeMarks().map(\.mark.claimsEverything) == [true])
        passed.withLock { $0 = .milliseconds(4000) }
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 11)])
        #expect(turns.kept.isEmpty)
    }

    /// An instance that keeps the turn, which the store says.
    private func keeping(_ name: String) -> PublishingTurns {
        let turns = PublishingTurns(name: name, clock: { .now })
        turns.noteOthers(true)
        #expect(turns.takesOn(1...1, of: owner, after: 0, published: 0))
        #expect(turns.takesOn(3...3, of: owner, after: 1, published: 0))
        turns.noteStored(turns.takeMarks())
        return turns
    }

    @Test func `who keeps the turn lets go of it when another went ahead, and waits then`() {
        let turns = keeping("A")
        let claim = PublishedMark(sequence: 1, claimed: PublishedMark.everything, publisher: "B")
        #expect(!turns.seeKept(claim, of: owner))
        // Nothing is written over the other's mark, though what was taken on is still published.
        turns.notePublished(owner, 3)
        #expect(turns.takeMarks().isEmpty)
        #expect(turns.markOfRelease(owner, 3) == nil)
        #expect(!turns.takesOn(4...4, of: owner, after: 3, published: 3, isOurs: true))
    }

    @Test func `a slot that another gives back does not take the turn away`() {
        let turns = keeping("A")
        #expect(turns.seeKept(PublishedMark(sequence: 2), of: owner))
        #expect(turns.takeMarks().map(\.mark.publisher) == ["A"])
        #expect(turns.markOfRelease(owner, 3)?.claimsEverything == true)
    }

    @Test func `who ends keeps no turn`() {
        let turns = keeping("A")
        turns.notePublished(owner, 3)
        turns.letGoOfAll(isOver: false)
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 3)])
        #expect(turns.takesOn(5...5, of: owner, after: 3, published: 3) == false)
        #expect(turns.kept.isEmpty)
    }

    @Test func `a publisher that is slow says that it lives, and is waited for longer`() {
        let start = ContinuousClock.now
        let passed = Mutex(Duration.zero)
        let clock: @Sendable () -> ContinuousClock.Instant = { start + passed.withLock { $0 } }
        let publisher = PublishingTurns(name: "A", clock: clock)
        publisher.noteOthers(true)
        #expect(publisher.takesOn(1...1, of: owner, after: 0, published: 0))
        let other = PublishingTurns(name: "B", clock: clock)
        other.noteOthers(true)
        #expect(!other.takesOn(2...2, of: owner, after: 0, published: 0))
        var mark: PublishedMark?
        for second in 1...9 {
            passed.withLock { $0 = .seconds(second) }
            mark = publisher.takeMarks().first?.mark
            #expect(mark?.beat == second)
            #expect(!other.see(mark, of: owner))
        }
        passed.withLock { $0 = .seconds(12) }
        #expect(other.see(publisher.takeMarks().first?.mark, of: owner))
    }

    @Test func `what was published while nobody was known is told when somebody is`() {
        let turns = PublishingTurns(name: "A", clock: { .now })
        #expect(turns.takesOn(1...1, of: owner, after: 0, published: 0))
        #expect(!turns.takeNewOthers())
        // A change of another owner's follows one of another instance.
        #expect(OwnerID("u2").map { turns.takesOn(2...2, of: $0, after: 0, published: 0) } == false)
        #expect(turns.takeNewOthers() && !turns.takeNewOthers())
        turns.tell(of: owner, published: 1)
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 1)])
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

    @Test func `what was published here while nobody else was known is told as soon as somebody is`() {
        let turns = PublishingTurns(clock: { .now })
        #expect(turns.takesOn(1...1, of: owner, after: 0, published: 0))
        // Another has committed 2, and waits to hear of 1.
        #expect(!turns.takesOn(3...3, of: owner, after: 1, published: 1, isOurs: true))
        #expect(turns.takeMarks().map(\.mark) == [PublishedMark(sequence: 1)])
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
        for _ in 0..<20 { #expect(!turns.see(PublishedMark(sequence: 5), of: owner)) }
        passed.withLock { $0 = .milliseconds(3600) }
        #expect(turns.see(PublishedMark(sequence: 5), of: owner))
    }

    @Test func `a mark is waited for longer where it takes long to look at it`() {
        let start = ContinuousClock.now
        let passed = Mutex(Duration.zero)
        let turns = PublishingTurns(clock: { start + passed.withLock { $0 } })
        turns.noteOthers(true)
        #expect(!turns.takesOn(8...8, of: owner, after: 6, published: 6))
        for second in 0..<9 {
            passed.withLock { $0 = .seconds(second) }
            #expect(!turns.see(PublishedMark(sequence: 5), of: owner))
        }
        passed.withLock { $0 = .seconds(11) }
        #expect(turns.see(PublishedMark(sequence: 5), of: owner))
    }

    @Test func `three engines that write in turn publish each change once and in order`() async throws {
        let sidecar = FakeSidecar()
        var configuration = JournalConfiguration.quick
        configuration.leaseTime = .seconds(3)
        let engines = try (0..<3).map { _ in try Engine(sidecar, configuration: configuration) }
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
