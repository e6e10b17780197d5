internal import Dapr
internal import DaprLog
internal import Synchronization
internal import Tasks

/// Keeps this instance's lease: no commit is sent without one, so that others find the changes that this instance
/// leaves unpublished.
///
/// Each process measures these times by itself, so clocks need not agree. An instance uses its lease for
/// ``JournalConfiguration/leaseTime`` after it began to write it. Another takes the lease only after it saw no new beat
/// for longer than that time plus the time of a call.
final class LeaseKeeper: Sendable {
    /// The instance under whose name slots may be used now.
    struct Holder: Sendable, Equatable {
        let instance: String
        /// The number after the last slot that may be used.
        let slots: Int
        /// Grows whenever a lease is lost or given up.
        let generation: Int
    }

    private struct State {
        var instance: String
        var generation = 0
        /// The lowest slot number that may be in use; `slots` is the one after the highest.
        var first = 0
        var slots = 0
        var goodUntil: ContinuousClock.Instant?
        var renewal: Task<Result<Void, JournalFailure>, Never>?
        var isListed = false
        /// Whether a call that writes the lease was started.
        var mayBeStored = false
        /// Whether the lease was given up; then it is written again only for a commit.
        var isEnded = false
    }

    private static let firstSlots = 64

    private let state: Mutex<State>
    private let documents: VersionedDocuments
    private let leaseTime: Duration
    private let takeoverTime: Duration
    private let newInstance: @Sendable () -> String
    private let noteOthers: @Sendable (Bool) -> Void
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger

    init(
        documents: VersionedDocuments,
        leaseTime: Duration,
        takeoverTime: Duration,
        newInstance: @escaping @Sendable () -> String,
        noteOthers: @escaping @Sendable (Bool) -> Void,
        clock: @escaping @Sendable () -> ContinuousClock.Instant,
        logger: Logger
    ) {
        state = Mutex(State(instance: newInstance()))
        self.documents = documents
        self.leaseTime = leaseTime
        self.takeoverTime = takeoverTime
        self.newInstance = newInstance
        self.noteOthers = noteOthers
        self.clock = clock
        self.logger = logger
    }

    /// The present name of the instance.
    var instance: String { state.withLock { $0.instance } }

    /// The lease; it is written first if it has expired or does not cover the slot numbers below `slots`.
    func hold(slots: Int) async throws(JournalFailure) -> Holder {
        while true {
            let now = clock()
            let holder: Holder? = state.withLock { state in
                guard let until = state.goodUntil, now < until, state.slots >= slots else { return nil }
                return Holder(instance: state.instance, slots: state.slots, generation: state.generation)
            }
            if let holder { return holder }
            try await renew(slots: slots)
        }
    }

    /// Makes the next use check the lease, because a write under it was refused.
    func doubt() { state.withLock { $0.goodUntil = nil } }

    /// Notes that no slot number below `number` is in use; the next write of the lease says so.
    func noteFirst(_ number: Int, of instance: String) {
        state.withLock { if $0.instance == instance { $0.first = max($0.first, number) } }
    }

    /// Writes the lease again.
    func renew(slots: Int = 0) async throws(JournalFailure) {
        let renewal = state.withLock { state in
            if let renewal = state.renewal { return renewal }
            let renewal = Task { await self.write(slots) }
            state.renewal = renewal
            return renewal
        }
        try await renewal.value.get()
    }

    /// Writes the lease again, unless it was given up.
    func keep() async throws(JournalFailure) {
        if state.withLock({ $0.isEnded && !$0.isListed }) { return }
        try await renew()
    }

    /// Runs `body` unless the lease was given up or lost, neither of which can happen during the call.
    func whileHeld<Value>(_ holder: Holder, _ body: () -> Value?) -> Value? {
        state.withLock { $0.generation == holder.generation ? body() : nil }
    }

    /// Gives the lease up if nothing is left to publish under it.
    ///
    /// A later commit takes a lease under a new name.
    ///
    /// - Parameter isIdle: Whether nothing is left; called while nobody can begin to use the lease.
    /// - Throws: ``JournalFailure`` when the store does not accept the write.
    func end(if isIdle: () -> Bool) async throws(JournalFailure) {
        // A renewal under way would write the lease after its end.
        if let renewal = state.withLock({ $0.renewal }) { _ = await renewal.value }
        let instance: String? = state.withLock { state in
            guard isIdle() else { return nil }
            state.isEnded = true
            guard state.mayBeStored else { return nil }
            defer {
                state.instance = newInstance()
                state.generation += 1
                (state.first, state.slots) = (0, 0)
                state.goodUntil = nil
                (state.isListed, state.mayBeStored) = (false, false)
            }
            return state.instance
        }
        guard let instance else { return }
        try await LeaseKeeper.end(instance, documents)
    }

    /// Ends the lease of an instance, and removes the instance from the list.
    ///
    /// The document in its place expires after a day. Until then a late call that writes the lease finds it, and is
    /// refused.
    static func end(_ instance: String, _ documents: VersionedDocuments) async throws(JournalFailure) {
        try await documents.update(RelayKeys.lease(instance), ttl: RelayLease.endedTime) { bytes in
            bytes.map(RelayLease.isEnded) == true ? nil : RelayLease.ended
        }
        try await unlist(instance, documents)
    }

    /// Removes an instance from the list.
    static func unlist(_ instance: String, _ documents: VersionedDocuments) async throws(JournalFailure) {
        try await documents.update(RelayKeys.instances) { bytes in
            var list = bytes.map(InstanceList.init(decoding:)) ?? InstanceList()
            guard list.instances.contains(instance) else { return nil }
            list.instances.removeAll { $0 == instance }
            return list.encoded
        }
    }

    private func write(_ wanted: Int) async -> Result<Void, JournalFailure> {
        let result: Result<Void, JournalFailure>
        do throws(JournalFailure) {
            // Repeated losses happen only if names were not new; ``hold(slots:)`` then tries again.
            var attempts = 1
            while try await !attempt(wanted), attempts < Backoff.lease.attempts { attempts += 1 }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        state.withLock { $0.renewal = nil }
        return result
    }

    /// - Returns: Whether the lease is good; if not, it was lost, and the next attempt uses a new name.
    private func attempt(_ wanted: Int) async throws(JournalFailure) -> Bool {
        let start = clock()
        let (instance, isListed, first, slots) = state.withLock { state in
            let most = state.first + RelayLease.slotLimit
            let slots = min(max(state.slots, state.first + LeaseKeeper.firstSlots, wanted), most)
            return (state.instance, state.isListed, state.first, slots)
        }
        state.withLock { if $0.instance == instance { $0.mayBeStored = true } }
        if slots < wanted { throw .book(.tooManyWaiting(retryAfter: .seconds(5))) }
        let key = RelayKeys.lease(instance)
        let takeover = Int(clamping: takeoverTime.wholeMilliseconds)
        // If the instance is never listed, nobody finds the lease, so it expires by itself.
        let stored = try await documents.update(key, ttl: RelayLease.endedTime) { bytes in
            var lease = RelayLease(slots: slots)
            if let bytes {
                guard let stored = RelayLease(decoding: bytes), stored.takenBy == nil else { return nil }
                lease.beat = stored.beat + 1
            } else if isListed {
                return nil
            }
            lease.first = first
            lease.takeoverMilliseconds = takeover
            return lease.encoded
        }
        guard let lease = stored.flatMap(RelayLease.init(decoding:)), lease.takenBy == nil else {
            // The lease was given up meanwhile, so there is nothing to report.
            guard self.instance == instance else { return true }
            logger.warning("The relay's lease was taken by another instance; events go on under a new one")
            state.withLock { state in
                guard state.instance == instance else { return }
                state.instance = newInstance()
                state.generation += 1
                (state.first, state.slots) = (0, 0)
                state.goodUntil = nil
                (state.isListed, state.mayBeStored) = (false, false)
            }
            return false
        }
        // The lease is written before the list, because a listed instance without a lease has ended. The list is
        // checked each time, in case another instance removed this one for that reason.
        let listed = try await documents.update(RelayKeys.instances) { bytes in
            var list = bytes.map(InstanceList.init(decoding:)) ?? InstanceList()
            guard !list.instances.contains(instance) else { return nil }
            list.instances.append(instance)
            return list.encoded
        }
        noteOthers(listed.map { InstanceList(decoding: $0).instances.count > 1 } ?? false)
        state.withLock { state in
            // The lease may have been given up meanwhile.
            guard state.instance == instance else { return }
            state.isListed = true
            state.slots = slots
            state.goodUntil = start + leaseTime
        }
        return true
    }
}
