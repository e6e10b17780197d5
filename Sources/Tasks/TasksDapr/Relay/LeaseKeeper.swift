internal import Dapr
internal import DaprLog
internal import Synchronization
internal import Tasks

/// Keeps this instance's lease: without one no commit is sent, so that what it leaves unpublished is found by the others.
///
/// Times are each process's own: an instance uses its lease for ``JournalConfiguration/leaseTime`` after it began to write it, and another takes
/// it only when it saw no new beat for longer than that and a call together. No two clocks need to agree.
final class LeaseKeeper: Sendable {
    /// Under which name slots may be used now.
    struct Holder: Sendable, Equatable {
        let instance: String
        /// The number after the last that may be used.
        let slots: Int
        /// Grows when a lease was lost.
        let generation: Int
    }

    private struct State {
        var instance: String
        var generation = 0
        /// The lowest number that may be in use, and the one after the highest.
        var first = 0
        var slots = 0
        var goodUntil: ContinuousClock.Instant?
        var renewal: Task<Result<Void, JournalFailure>, Never>?
        var isListed = false
        /// Whether a call that writes the lease was begun.
        var mayBeStored = false
        /// Whether it was given up, and is written anew only for a commit.
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

    /// The instance's name now.
    var instance: String { state.withLock { $0.instance } }

    /// The lease, written first if it is not good any more or does not reach to a number of a slot.
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

    /// Has the lease looked at before it is used again: what was to be written under it was refused.
    func doubt() { state.withLock { $0.goodUntil = nil } }

    /// Notes that no number below this one is in use; the lease says so when it is next written.
    func noteFirst(_ number: Int, of instance: String) {
        state.withLock { if $0.instance == instance { $0.first = max($0.first, number) } }
    }

    /// Writes the lease anew.
    func renew(slots: Int = 0) async throws(JournalFailure) {
        let renewal = state.withLock { state in
            if let renewal = state.renewal { return renewal }
            let renewal = Task { await self.write(slots) }
            state.renewal = renewal
            return renewal
        }
        try await renewal.value.get()
    }

    /// Writes the lease anew, unless it was given up.
    func keep() async throws(JournalFailure) {
        if state.withLock({ $0.isEnded && !$0.isListed }) { return }
        try await renew()
    }

    /// Runs something unless the lease was given up or lost, which does not happen meanwhile.
    func whileHeld<Value>(_ holder: Holder, _ body: () -> Value?) -> Value? {
        state.withLock { $0.generation == holder.generation ? body() : nil }
    }

    /// Gives the lease up, when nothing is left to publish under it.
    ///
    /// A commit that comes after that takes one under a new name.
    ///
    /// - Parameter isIdle: whether nothing is; asked while nobody can begin to use the lease.
    /// - Throws: ``JournalFailure`` when the store does not take it.
    func end(if isIdle: () -> Bool) async throws(JournalFailure) {
        // One that is being written would come to be after its end.
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

    /// Ends the lease of an instance, and takes it out of the list.
    ///
    /// What is written in its place goes after a day: a call that writes the lease late finds it, and is refused.
    static func end(_ instance: String, _ documents: VersionedDocuments) async throws(JournalFailure) {
        try await documents.update(RelayKeys.lease(instance), ttl: RelayLease.endedTime) { bytes in
            bytes.map(RelayLease.isEnded) == true ? nil : RelayLease.ended
        }
        try await unlist(instance, documents)
    }

    /// Takes an instance out of the list.
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
            // Lost again and again only if names were not new; `hold` then comes back.
            var attempts = 1
            while try await !attempt(wanted), attempts < Backoff.lease.attempts { attempts += 1 }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        state.withLock { $0.renewal = nil }
        return result
    }

    /// - Returns: whether the lease is good; if not, it was lost, and the next attempt is under a new name.
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
        // Should it never be listed nobody finds it, and it goes by itself.
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
            // Given up meanwhile: there is nothing to say.
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
        // After the lease itself: an instance that is listed without one has ended. Each time, should another have taken it for that.
        let listed = try await documents.update(RelayKeys.instances) { bytes in
            var list = bytes.map(InstanceList.init(decoding:)) ?? InstanceList()
            guard !list.instances.contains(instance) else { return nil }
            list.instances.append(instance)
            return list.encoded
        }
        noteOthers(listed.map { InstanceList(decoding: $0).instances.count > 1 } ?? false)
        state.withLock { state in
            // It may have been given up meanwhile.
            guard state.instance == instance else { return }
            state.isListed = true
            state.slots = slots
            state.goodUntil = start + leaseTime
        }
        return true
    }
}
