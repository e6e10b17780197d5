internal import Dapr
internal import DaprLog
internal import DaprMetrics
internal import Tasks

/// The relay's duties besides publishing: keeps the lease and gives slots back; ``RelayTakeover`` publishes for dead
/// instances.
final class RelayUpkeep: Sendable {
    /// Callbacks into the books.
    struct BookCallbacks: Sendable {
        /// Reads the journal to its end, gives the relay the unpublished changes, and returns the last sequence.
        let takeOver: @Sendable (OwnerID, _ from: Int) async throws(JournalFailure) -> Int
        /// Gives the relay the unpublished changes, with a commit that was found; reads no more of the journal.
        let takeOn:
            @Sendable (OwnerID, StateEntry?, _ sequence: Int, _ asked: ContinuousClock.Instant)
                async throws(JournalFailure) -> Void
        /// The last change in an owner's book; `nil` when the book is not in memory.
        let head: @Sendable (OwnerID) -> Int?
        /// Notes that another instance has published all of an owner's changes up to a sequence.
        let notePublished: @Sendable (OwnerID, Int) -> Void
        /// The highest sequence known to be published.
        let published: @Sendable (OwnerID) -> Int
        /// Whether nothing of an owner waits to be published.
        let isIdle: @Sendable (OwnerID) -> Bool
        /// Advances the time by which ages are measured.
        let keepTime: @Sendable () async throws(JournalFailure) -> Void
        /// Checks whether the store still has the last commits of the books that were written since the last check.
        let checkGround: @Sendable () async throws(JournalFailure) -> Void
    }

    private static let ownersPerRelease = 32
    /// How often marks are written and read while several instances write an owner's changes.
    private static let turnTime = Duration.milliseconds(50)

    private let lease: LeaseKeeper
    private let outbox: Outbox
    private let turns: PublishingTurns
    private let documents: VersionedDocuments
    private let configuration: JournalConfiguration
    private let books: BookCallbacks
    private let takeover: RelayTakeover
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger

    init(
        lease: LeaseKeeper,
        outbox: Outbox,
        turns: PublishingTurns,
        documents: VersionedDocuments,
        configuration: JournalConfiguration,
        books: BookCallbacks,
        clock: @escaping @Sendable () -> ContinuousClock.Instant,
        logger: Logger,
        metrics: JournalMetrics
    ) {
        self.lease = lease
        self.outbox = outbox
        self.turns = turns
        self.documents = documents
        self.configuration = configuration
        self.books = books
        self.clock = clock
        self.logger = logger
        takeover = RelayTakeover(
            lease: lease,
            documents: documents,
            configuration: configuration,
            books: books,
            clock: clock,
            logger: logger,
            metrics: metrics
        )
    }

    /// How often slots are given back.
    private var releaseTime: Duration { configuration.slotIdleTime / 2 }

    /// Runs until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.every(self.configuration.leaseTime / 3, "The relay's lease was not renewed") {
                    () async throws(JournalFailure) in
                    let first = self.outbox.firstNumber
                    self.lease.noteFirst(first.number, of: first.instance)
                    try await self.lease.keep()
                    try await self.books.keepTime()
                    try await self.books.checkGround()
                }
            }
            group.addTask {
                await self.every(self.releaseTime, "The relay could not give back what is published") {
                    () async throws(JournalFailure) in
                    try await self.resolveUncertain()
                    while try await self.release(evenIfRecent: false) {}
                }
            }
            group.addTask {
                await self.every(self.configuration.leaseTime / 2, "The relay could not look after other instances") {
                    () async throws(JournalFailure) in try await self.takeover.lookAfterOthers()
                }
            }
            group.addTask {
                await self.every(RelayUpkeep.turnTime, "The relay could not tell or learn what is published") {
                    () async throws(JournalFailure) in try await self.takeTurns()
                }
            }
        }
    }

    /// Gives back the slots of all published owners, and then the lease if no slot is left.
    func close() async {
        do throws(JournalFailure) {
            turns.letGoOfAll(isOver: true)
            try await tell()
            while try await release(evenIfRecent: true) {}
            // A late command may begin to use the lease until the very end.
            try await lease.end { outbox.count == 0 }
            let left = outbox.count
            if left == 0 { return }
            logger.warning("Changes are left to be published by another instance", ["owners": .int(left)])
        } catch {
            tell(error)
        }
    }

    /// Gives the lease up if nothing is left to publish under it; otherwise leaves it for ``close()``.
    func closeIfIdle() async {
        do throws(JournalFailure) {
            turns.letGoOfAll(isOver: false)
            try await tell()
            while try await release(evenIfRecent: true) {}
            try await lease.end { outbox.count == 0 }
        } catch {
            tell(error)
        }
    }

    private func tell(_ failure: JournalFailure) {
        // When server and sidecar end together, nobody needs this message: the lease runs out.
        if case .store(let error) = failure, [.unreachable, .outcomeUnknown].contains(error.kind) { return }
        logger.warning(
            "The relay's lease was not given up; another instance takes it when it has run out",
            ["error": .string("\(failure)")]
        )
    }

    private func every(
        _ interval: Duration,
        _ complaint: StaticString,
        _ work: () async throws(JournalFailure) -> Void
    ) async {
        var isFailing = false
        while !Task.isCancelled {
            do throws(JournalFailure) {
                try await work()
                isFailing = false
            } catch {
                if !isFailing, !Task.isCancelled { logger.warning(complaint, ["error": .string("\(error)")]) }
                isFailing = true
            }
            // A cancelled sleep ends early; the loop sees the cancellation.
            try? await Task.sleep(for: interval)
        }
    }

    // MARK: - Turns

    /// Gives the relay the changes whose publication is this instance's turn, and tells others how far owners are
    /// published.
    private func takeTurns() async throws(JournalFailure) {
        // Look first: a process that was suspended must learn who went ahead before it writes its own marks.
        var failure: JournalFailure?
        if turns.takeNewOthers() {
            for (owner, sequence) in outbox.published { turns.tell(of: owner, published: sequence) }
        }
        do throws(JournalFailure) { try await lookForTurns() } catch { failure = error }
        try await tell()
        if let failure { throw failure }
    }

    /// Writes the marks of owners whose changes come from several instances.
    private func tell() async throws(JournalFailure) {
        while true {
            let marks = turns.takeMarks()
            if marks.isEmpty { return }
            do throws(JournalFailure) {
                try await documents.transact(marks.map { documents.mark($0.owner, $0.mark) })
            } catch {
                turns.retry(marks)
                throw error
            }
            turns.noteStored(marks)
            for (owner, mark) in marks { outbox.notePublished(owner, mark.sequence, isMarked: true) }
        }
    }

    /// Reads how far others have published, and the new commits of owners whose turn is kept, and has the relay publish
    /// those due here.
    private func lookForTurns() async throws(JournalFailure) {
        let waiting = turns.waitingOwners
        let kept = turns.kept.compactMap { owner, claimed in
            // A book is not loaded for this; other instances publish the coming changes.
            let head = books.head(owner)
            if head == nil { turns.letGo(owner) }
            return head.map { (owner: owner, claimed: claimed, head: $0) }
        }
        if waiting.isEmpty, kept.isEmpty { return }
        let asked = clock()
        let found = try await documents.read(
            (waiting + kept.map(\.owner)).map { JournalKeys($0).published }
                + kept.map { JournalKeys($0.owner).commit($0.head + 1) }
        )
        func mark(_ owner: OwnerID) -> PublishedMark? {
            found[JournalKeys(owner).published].flatMap { PublishedMark(decoding: $0.value) }
        }
        var failure: JournalFailure?
        for (owner, claimed, head) in kept where turns.seeKept(mark(owner), of: owner) {
            let news = found[JournalKeys(owner).commit(head + 1)]
            if news == nil, head <= claimed { continue }
            if news != nil { turns.noteNews(owner) }
            do throws(JournalFailure) { try await books.takeOn(owner, news, head + 1, asked) } catch {
                failure = error
            }
        }
        try await takeOver(waiting, mark)
        if let failure { throw failure }
    }

    /// Takes in the marks of owners with waiting changes, and has the relay publish where it is this instance's turn.
    private func takeOver(
        _ owners: [OwnerID],
        _ found: (OwnerID) -> PublishedMark?
    ) async throws(JournalFailure) {
        var turnsHere: [(owner: OwnerID, from: Int)] = []
        for owner in owners {
            var mark = found(owner)
            let isTurnHere = turns.see(mark, of: owner)
            // A miss proves nothing; if it were taken for an absent mark, all changes would be published again.
            if mark == nil, isTurnHere {
                mark = try await documents.read(JournalKeys(owner).published).flatMap {
                    PublishedMark(decoding: $0.value)
                }
            }
            if let mark {
                books.notePublished(owner, mark.sequence)
                outbox.notePublished(owner, mark.sequence, isMarked: true)
            }
            if isTurnHere { turnsHere.append((owner, (mark?.sequence ?? 0) + 1)) }
        }
        // Side by side, because other instances take a slow owner for a fault.
        let failures = await withTaskGroup(of: JournalFailure?.self) { [books] group in
            for (owner, first) in turnsHere {
                group.addTask {
                    do throws(JournalFailure) {
                        _ = try await books.takeOver(owner, first)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var failures: [JournalFailure] = []
            for await failure in group { if let failure { failures.append(failure) } }
            return failures
        }
        if let failure = failures.first { throw failure }
    }

    // MARK: - Our own slots

    /// Reads the journals of owners with commits that were given up before their outcome was known.
    private func resolveUncertain() async throws(JournalFailure) {
        let looks = Int((configuration.takeoverTime / releaseTime).rounded(.up)) + 1
        for (owner, since) in outbox.uncertain(after: looks) {
            _ = try await books.takeOver(owner, 0)
            outbox.noteCertain(owner, since: since)
        }
    }

    /// Writes how far owners are published, and deletes their slots.
    /// - Returns: Whether there may be more.
    private func release(evenIfRecent: Bool) async throws(JournalFailure) -> Bool {
        let releases = outbox.takeIdle(
            limit: RelayUpkeep.ownersPerRelease,
            evenIfRecent: evenIfRecent,
            isIdle: books.isIdle
        )
        if releases.isEmpty { return false }
        var operations: [StateOperation] = []
        for release in releases {
            if let published = release.published, published > 0,
                let mark = turns.markOfRelease(release.owner, published)
            {
                operations.append(documents.mark(release.owner, mark))
            }
            operations += release.slots.map { .delete(RelayKeys.slot(release.instance, $0)) }
        }
        do throws(JournalFailure) {
            if !operations.isEmpty { try await documents.transact(operations) }
        } catch {
            // Deleting twice does no harm, because slot names are never used again.
            outbox.settle(releases, areGone: false)
            throw error
        }
        outbox.settle(releases, areGone: true)
        return releases.count == RelayUpkeep.ownersPerRelease
    }
}
