internal import Dapr
internal import DaprLog
internal import DaprMetrics
internal import Synchronization
internal import Tasks

/// Publishes the changes that dead instances have left unpublished.
///
/// A lease is taken when its beat stands still for longer than its instance may live without one. The changes in its
/// slots are published from the journal, again and again until no call of the dead instance can be under way. Then each
/// slot number is closed by being written first, so that no commit which arrives even later can use it, and the lease
/// ends.
final class RelayTakeover: Sendable {
    private struct Sighting {
        var beat: RelayLease
        var since: ContinuousClock.Instant
    }

    private struct State {
        var sightings: [String: Sighting] = [:]
        /// When each lease was taken.
        var takenAt: [String: ContinuousClock.Instant] = [:]
        /// Instances that were found without a lease.
        var withoutLease: Set<String> = []
    }

    private static let numbersPerCall = 64

    private let state = Mutex(State())
    private let lease: LeaseKeeper
    private let documents: VersionedDocuments
    private let configuration: JournalConfiguration
    private let books: RelayUpkeep.BookCallbacks
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let metrics: JournalMetrics

    init(
        lease: LeaseKeeper,
        documents: VersionedDocuments,
        configuration: JournalConfiguration,
        books: RelayUpkeep.BookCallbacks,
        clock: @escaping @Sendable () -> ContinuousClock.Instant,
        logger: Logger,
        metrics: JournalMetrics
    ) {
        self.lease = lease
        self.documents = documents
        self.configuration = configuration
        self.books = books
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
    }

    /// Checks the leases of all other instances once, and publishes for the dead ones.
    func lookAfterOthers() async throws(JournalFailure) {
        let own = lease.instance
        let others = try await documents.instances().filter { $0 != own }
        state.withLock { state in
            state.sightings = state.sightings.filter { others.contains($0.key) }
            state.takenAt = state.takenAt.filter { others.contains($0.key) }
            state.withoutLease = state.withoutLease.intersection(others)
        }
        if others.isEmpty { return }
        let found = try await documents.read(others.map(RelayKeys.lease))
        for instance in others {
            let key = RelayKeys.lease(instance)
            // A miss in a bulk read proves nothing; nor does one single read, because the instance may just have been
            // listed.
            var entry = found[key]
            if entry == nil { entry = try await documents.read(key) }
            guard let entry, let lease = RelayLease(decoding: entry.value) else {
                let isSure = state.withLock { !$0.withoutLease.insert(instance).inserted }
                // The instance ended, but was interrupted before it could remove itself from the list.
                if isSure { try await LeaseKeeper.unlist(instance, documents) }
                continue
            }
            state.withLock { _ = $0.withoutLease.remove(instance) }
            if lease.takenBy == own || isDead(instance, lease) {
                try await carryOn(instance, lease, as: own)
            }
        }
    }

    /// How long an instance must be silent before none of its calls can be under way.
    private func takeoverTime(_ lease: RelayLease) -> Duration {
        max(configuration.takeoverTime, .milliseconds(lease.takeoverMilliseconds))
    }

    /// Whether an instance, or the one that took its lease, was silent for too long.
    private func isDead(_ instance: String, _ lease: RelayLease) -> Bool {
        let now = clock()
        return state.withLock { state in
            if let sighting = state.sightings[instance], sighting.beat == lease {
                return now - sighting.since >= takeoverTime(lease)
            }
            state.sightings[instance] = Sighting(beat: lease, since: now)
            return false
        }
    }

    /// Publishes the changes that another instance left, as far as they are stored now.
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
        let now = clock()
        let since = state.withLock { state in
            let since = state.takenAt[instance] ?? now
            state.takenAt[instance] = since
            return since
        }
        // A commit of the dead instance may still be under way, so until then more changes may appear.
        let isQuiet = now - since >= takeoverTime(lease)
        var open = Set(lease.first..<lease.slots)
        for (number, entry) in try await documents.slots(of: instance, lease) {
            if OutboxSlot.isClosed(entry.value) {
                open.remove(number)
            } else if try await finish(entry, at: RelayKeys.slot(instance, number), closes: isQuiet) {
                open.remove(number)
            }
        }
        guard isQuiet, try await close(open.sorted(), of: instance) else { return }
        try await LeaseKeeper.end(instance, documents)
    }

    /// Publishes the changes of one slot; those not published in time are left for the next round.
    /// - Returns: Whether its number is closed now.
    private func finish(
        _ entry: StateEntry,
        at key: StateKey,
        closes: Bool
    ) async throws(JournalFailure) -> Bool {
        guard let slot = OutboxSlot(decoding: entry.value) else {
            logger.error("A slot of the outbox is not readable and is left as it is", ["key": .string(key.rawValue)])
            return false
        }
        let last = try await books.takeOver(slot.owner, slot.first)
        let deadline = clock() + configuration.takeoverTime
        while books.published(slot.owner) < last, !books.isIdle(slot.owner) {
            if Task.isCancelled || clock() >= deadline { return false }
            try? await Task.sleep(for: .milliseconds(20))
        }
        guard closes else { return false }
        let closed = StateItem(key, json: OutboxSlot.closed, etag: entry.etag, ttl: RelayLease.endedTime)
        try await documents.transact([documents.mark(slot.owner, PublishedMark(sequence: last)), .upsert(closed)])
        return true
    }

    /// Closes the numbers without a slot; the write also proves that no slot exists.
    /// - Returns: False when there is a slot, so that all must be read again.
    private func close(_ numbers: [Int], of instance: String) async throws(JournalFailure) -> Bool {
        for start in stride(from: 0, to: numbers.count, by: RelayTakeover.numbersPerCall) {
            let operations = numbers[start...].prefix(RelayTakeover.numbersPerCall).map { number in
                StateOperation.upsert(
                    StateItem(
                        RelayKeys.slot(instance, number),
                        json: OutboxSlot.closed,
                        concurrency: .firstWrite,
                        ttl: RelayLease.endedTime
                    )
                )
            }
            do throws(JournalFailure) {
                try await documents.transact(operations)
            } catch {
                if case .store(let error) = error, error.anotherWroteFirst { return false }
                throw error
            }
        }
        return true
    }
}
