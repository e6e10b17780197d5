internal import Dapr
internal import Log
internal import Metrics
internal import Synchronization
internal import Tasks

/// What the relay does beside publishing: keeps the lease, gives slots back, and publishes for instances that died.
final class RelayUpkeep: Sendable {
    /// What of an owner's journal must be published, and how far it is.
    struct Care: Sendable {
        /// Reads the journal to its end and gives the relay what is not published: the last sequence.
        let takeOver: @Sendable (OwnerID, _ from: Int) async throws(JournalFailure) -> Int
        /// The highest sequence known to be published.
        let published: @Sendable (OwnerID) -> Int
        /// Whether the relay has nothing of an owner.
        let isIdle: @Sendable (OwnerID) -> Bool
    }

    private struct Sighting {
        var beat: RelayLease
        var since: ContinuousClock.Instant
    }

    private struct State {
        var sightings: [String: Sighting] = [:]
        /// Since when nothing was found in a lease that was taken.
        var emptySince: [String: ContinuousClock.Instant] = [:]
    }

    private static let ownersPerRelease = 32

    private let state = Mutex(State())
    private let lease: LeaseKeeper
    private let outbox: Outbox
    private let documents: GuardedDocuments
    private let limits: JournalLimits
    private let care: Care
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let metrics: JournalMetrics

    init(
        lease: LeaseKeeper,
        outbox: Outbox,
        documents: GuardedDocuments,
        limits: JournalLimits,
        care: Care,
        clock: @escaping @Sendable () -> ContinuousClock.Instant,
        logger: Logger,
        metrics: JournalMetrics
    ) {
        self.lease = lease
        self.outbox = outbox
        self.documents = documents
        self.limits = limits
        self.care = care
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
    }

    /// Goes on until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.every(self.limits.leaseTime / 3, "The relay's lease was not renewed") {
                    () async throws(JournalFailure) in try await self.lease.keep()
                }
            }
            group.addTask {
                await self.every(self.limits.slotIdleTime / 2, "The relay could not give back what is published") {
                    () async throws(JournalFailure) in
                    try await self.resolveUncertain()
                    while try await self.release(evenIfRecent: false) {}
                }
            }
            group.addTask {
                await self.every(self.limits.leaseTime / 2, "The relay could not look after other instances") {
                    () async throws(JournalFailure) in try await self.watchOthers()
                }
            }
        }
    }

    /// Gives everything back that is published, and the lease with it.
    func close() async {
        do throws(JournalFailure) {
            while try await release(evenIfRecent: true) {}
            let left = outbox.count
            if left == 0 { return try await lease.end() }
            logger.warning("Changes are left to be published by another instance", ["owners": .int(left)])
        } catch {
            tell(error)
        }
    }

    /// Gives the lease up if nothing is left to publish under it; else leaves it for ``close()``.
    func closeIfIdle() async {
        do throws(JournalFailure) {
            while try await release(evenIfRecent: true) {}
            try await lease.end { outbox.count == 0 }
        } catch {
            tell(error)
        }
    }

    private func tell(_ failure: JournalFailure) {
        // Who ends server and sidecar at once need not read of it: the lease runs out.
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
            // Ends early when cancelled, which the loop sees.
            try? await Task.sleep(for: interval)
        }
    }

    // MARK: - Our own slots

    /// Finds out about commits that were given up while nobody knew whether they were written.
    private func resolveUncertain() async throws(JournalFailure) {
        for (owner, since) in outbox.uncertain(for: limits.takeoverTime) {
            _ = try await care.takeOver(owner, 0)
            outbox.noteCertain(owner, since: since)
        }
    }

    /// Writes down how far owners are published, and deletes their slots.
    /// - Returns: whether there may be more.
    private func release(evenIfRecent: Bool) async throws(JournalFailure) -> Bool {
        let instance = lease.instance
        let (generation, slots) = outbox.takeIdle(
            limit: RelayUpkeep.ownersPerRelease,
            evenIfRecent: evenIfRecent,
            isIdle: care.isIdle
        )
        if slots.isEmpty { return false }
        var operations: [StateOperation] = []
        for slot in slots {
            operations += mark(slot.owner, slot.published)
            operations.append(.delete(RelayKeys.slot(instance, slot.slot)))
        }
        do throws(JournalFailure) {
            try await documents.transact(operations)
        } catch {
            // Deleting twice does no harm, so they are tried again; their numbers are not used before it is done.
            outbox.keep(slots, generation: generation)
            throw error
        }
        outbox.released(slots, generation: generation)
        return slots.count == RelayUpkeep.ownersPerRelease
    }

    private func mark(_ owner: OwnerID, _ published: Int?) -> [StateOperation] {
        guard let published, published > 0 else { return [] }
        let value = PublishedMark(sequence: published).encoded
        return [.upsert(StateItem(key: JournalKeys(owner).published, value: value))]
    }

    // MARK: - Those of others

    private func watchOthers() async throws(JournalFailure) {
        let own = lease.instance
        let others = try await documents.instances().filter { $0 != own }
        state.withLock { state in
            state.sightings = state.sightings.filter { others.contains($0.key) }
            state.emptySince = state.emptySince.filter { others.contains($0.key) }
        }
        if others.isEmpty { return }
        let found = try await documents.read(others.map(RelayKeys.lease))
        for instance in others {
            guard let entry = found[RelayKeys.lease(instance)], let lease = RelayLease(decoding: entry.value) else {
                // It ended, and was interrupted before it could say so in the list.
                try await LeaseKeeper.unlist(instance, documents)
                continue
            }
            if lease.takenBy == own || isDead(instance, lease) {
                try await carryOn(instance, lease, as: own)
            }
        }
    }

    /// Whether an instance, or the one that took its lease, did not move for longer than it may.
    private func isDead(_ instance: String, _ lease: RelayLease) -> Bool {
        let now = clock()
        return state.withLock { state in
            if let sighting = state.sightings[instance], sighting.beat == lease {
                return now - sighting.since >= limits.takeoverTime
            }
            state.sightings[instance] = Sighting(beat: lease, since: now)
            return false
        }
    }

    /// Publishes what another instance left, as far as it is there now.
    private func carryOn(_ instance: String, _ seen: RelayLease, as own: String) async throws(JournalFailure) {
        if seen.takenBy != own {
            logger.warning("An instance died; this one publishes what it left", ["instance": .string(instance)])
            metrics.takeovers.increment()
        }
        let taken = try await documents.update(RelayKeys.lease(instance)) { bytes in
            guard var lease = bytes.flatMap(RelayLease.init(decoding:)),
                lease.takenBy == own || lease.takenBy == seen.takenBy, seen.takenBy != nil || lease.beat == seen.beat
            else { return nil }
            lease.takenBy = own
            lease.beat += 1
            return lease.encoded
        }
        guard let lease = taken.flatMap(RelayLease.init(decoding:)), lease.takenBy == own else { return }
        let slots = try await documents.slots(of: instance, lease)
        for (number, entry) in slots { try await finish(entry, at: RelayKeys.slot(instance, number)) }
        let now = clock()
        let isOver = state.withLock { state in
            guard slots.isEmpty else {
                state.emptySince[instance] = nil
                return false
            }
            let since = state.emptySince[instance] ?? now
            state.emptySince[instance] = since
            // A commit of the dead instance may still have been on its way when the slots were read.
            return now - since >= limits.takeoverTime
        }
        if isOver {
            try await documents.remove(RelayKeys.lease(instance))
            try await LeaseKeeper.unlist(instance, documents)
        }
    }

    /// Publishes what one slot tells of, and deletes it; what does not get done in time is left for the next round.
    private func finish(_ entry: StateEntry, at key: StateKey) async throws(JournalFailure) {
        guard let slot = OutboxSlot(decoding: entry.value) else {
            logger.error("A slot of the outbox is not readable and is left as it is", ["key": .string(key.rawValue)])
            return
        }
        let last = try await care.takeOver(slot.owner, slot.first)
        let deadline = clock() + limits.takeoverTime
        while care.published(slot.owner) < last, !care.isIdle(slot.owner) {
            if Task.isCancelled || clock() >= deadline { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
        try await documents.transact(mark(slot.owner, last) + [.delete(key)])
    }
}
