internal import Dapr
internal import Synchronization
internal import Tasks

/// Which owners have changes that this instance has yet to publish, written down in the store with the changes themselves: what is left
/// when it dies, another finds there.
///
/// The first commit of a burst takes a slot; while it is held, commits write nothing more. When all is published and no commit came for
/// a while, the slot is given back.
final class Outbox: Sendable {
    /// A commit under way, with what it must write beside its own.
    struct Pin: Sendable {
        let owner: OwnerID
        /// What the commit must write too.
        let operation: StateOperation?
        fileprivate let generation: Int
        fileprivate let slot: OutboxSlot?
    }

    /// What became of a commit.
    enum Outcome {
        case written
        case notWritten
        case unknown
    }

    /// A slot to give back.
    struct Release: Sendable {
        let owner: OwnerID
        let slot: Int
        /// The highest sequence published; nil when none is known.
        let published: Int?
    }

    private struct Line {
        let slot: Int
        /// What the slot says; nil while it is not known to be written.
        var written: OutboxSlot?
        /// Whether it may be in the store, so that it must be deleted before its number is used again.
        var mayBeStored = false
        /// When a commit was last given up that may be written, or may still come to be.
        var uncertainSince: ContinuousClock.Instant?
        var pins = 0
        var lastUse: ContinuousClock.Instant
        var published: Int?
    }

    private struct State {
        var lines: [OwnerID: Line] = [:]
        var free: [Int] = []
        /// Slots that were to be given back, and are not known to be.
        var kept: [Release] = []
        var next = 0
        var generation = 0

        mutating func takeSlot(of owner: OwnerID, limit: Int, _ now: ContinuousClock.Instant) -> Bool {
            let slot: Int
            if let last = free.popLast() {
                slot = last
            } else {
                guard next < limit else { return false }
                slot = next
                next += 1
            }
            lines[owner] = Line(slot: slot, lastUse: now)
            return true
        }
    }

    /// When so many changes are published that a slot still tells of, it is written anew.
    private static let changesPerSlot = 256

    private let state = Mutex(State())
    private let lease: LeaseKeeper
    private let idleTime: Duration
    private let clock: @Sendable () -> ContinuousClock.Instant

    init(
        lease: LeaseKeeper,
        idleTime: Duration,
        clock: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.lease = lease
        self.idleTime = idleTime
        self.clock = clock
    }

    /// How many slots are in use.
    var count: Int { state.withLock { $0.lines.count + $0.kept.count } }

    /// Sees to it that a commit which is about to be sent will be found if this process dies, and holds its slot until it is settled.
    ///
    /// - Parameters:
    ///   - owner: whose commit it is.
    ///   - first: the first change that may be unpublished.
    /// - Returns: what the commit must write too; give it to `settle` with what became of the commit.
    /// - Throws: ``JournalFailure`` when the lease cannot be written.
    func pin(_ owner: OwnerID, first: Int) async throws(JournalFailure) -> Pin {
        var wanted = 0
        while true {
            let holder = try await lease.hold(slots: wanted)
            let now = clock()
            let pin: Pin? = lease.whileHeld(holder) {
                state.withLock { state in
                    if state.generation != holder.generation {
                        // The slots of a lost lease are its taker's.
                        state = State(generation: holder.generation)
                    }
                    guard state.lines[owner] != nil || state.takeSlot(of: owner, limit: holder.slots, now) else {
                        wanted = holder.slots * 2
                        return nil
                    }
                    state.lines[owner]?.pins += 1
                    state.lines[owner]?.lastUse = now
                    guard let line = state.lines[owner] else { return nil }
                    var slot: OutboxSlot?
                    if line.written.map({ first - $0.first >= Outbox.changesPerSlot }) ?? true {
                        slot = OutboxSlot(owner: owner, first: first)
                    }
                    let operation = slot.map { slot in
                        let key = RelayKeys.slot(holder.instance, line.slot)
                        return StateOperation.upsert(StateItem(key: key, value: slot.encoded))
                    }
                    return Pin(owner: owner, operation: operation, generation: holder.generation, slot: slot)
                }
            }
            if let pin { return pin }
            if wanted > holder.slots, holder.slots >= RelayLease.slotLimit {
                throw .book(.tooManyWaiting(retryAfter: .seconds(5)))
            }
        }
    }

    /// Lets go of a commit; if it was written, its events must be in the relay's care by now.
    func settle(_ pin: Pin, _ outcome: Outcome) {
        let now = clock()
        state.withLock { state in
            guard state.generation == pin.generation, var line = state.lines[pin.owner] else { return }
            line.pins -= 1
            line.lastUse = now
            switch outcome {
            case .written: if let slot = pin.slot { (line.written, line.mayBeStored) = (slot, true) }
            case .unknown:
                line.uncertainSince = now
                if pin.slot != nil { line.mayBeStored = true }
            case .notWritten: break
            }
            state.lines[pin.owner] = line
            if line.pins == 0, !line.mayBeStored, line.uncertainSince == nil {
                state.lines[pin.owner] = nil
                state.free.append(line.slot)
            }
        }
    }

    /// Notes that an owner's changes up to a sequence are published.
    func notePublished(_ owner: OwnerID, _ sequence: Int) {
        state.withLock { state in
            guard let line = state.lines[owner] else { return }
            state.lines[owner]?.published = max(line.published ?? 0, sequence)
        }
    }

    /// The owners of commits of which nobody knew whether they were written, and that are not on their way any more.
    /// - Parameter limit: how long a call may be on its way.
    /// - Returns: each owner, with the time of its last such commit.
    func uncertain(for limit: Duration) -> [(owner: OwnerID, since: ContinuousClock.Instant)] {
        let now = clock()
        return state.withLock { state in
            state.lines.compactMap { owner, line in
                guard line.pins == 0, let since = line.uncertainSince, since + limit <= now else { return nil }
                return (owner, since)
            }
        }
    }

    /// Notes that the journal of an owner was read since, and what it has is in the relay's care.
    func noteCertain(_ owner: OwnerID, since: ContinuousClock.Instant) {
        state.withLock { state in
            // Not when another commit was given up in the meantime.
            if state.lines[owner]?.uncertainSince == since { state.lines[owner]?.uncertainSince = nil }
        }
    }

    /// Takes out slots of owners of whom nothing is left to publish.
    ///
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - evenIfRecent: also those that were just used.
    ///   - isIdle: whether the relay has nothing of an owner.
    /// - Returns: the slots, and the instance they belong to; give them to `released`, or to `keep` when they could not be given back.
    func takeIdle(
        limit: Int,
        evenIfRecent: Bool,
        isIdle: (OwnerID) -> Bool
    ) -> (generation: Int, slots: [Release]) {
        let now = clock()
        return state.withLock { state in
            // Of these nothing is published any more; they only must go.
            var releases = Array(state.kept.prefix(limit))
            state.kept.removeFirst(releases.count)
            if releases.count == limit { return (state.generation, releases) }
            let firstNew = releases.count
            for (owner, line) in state.lines
            where line.pins == 0 && line.uncertainSince == nil && (evenIfRecent || line.lastUse + idleTime <= now) {
                guard isIdle(owner) else { continue }
                releases.append(Release(owner: owner, slot: line.slot, published: line.published))
                if releases.count == limit { break }
            }
            for release in releases[firstNew...] { state.lines[release.owner] = nil }
            return (state.generation, releases)
        }
    }

    /// Keeps slots that could not be given back for the next time.
    func keep(_ releases: [Release], generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            state.kept += releases
        }
    }

    /// Lets slots that were given back be used again.
    func released(_ releases: [Release], generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            state.free += releases.map(\.slot)
        }
    }
}
