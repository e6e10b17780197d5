internal import Dapr
internal import Synchronization
internal import Tasks

/// The owners with changes that this instance has yet to publish, stored together with the changes: when the instance
/// dies, another one finds them.
///
/// The first commit of a burst takes a slot; later commits write nothing more while the slot is held. When everything
/// is published and no commit has come for a while, the slot is given back. A slot's number is never used again under
/// the same instance, so a call about it concerns only that one use, however late it arrives.
final class Outbox: Sendable {
    /// A commit under way, with the write that it must include.
    struct Pin: Sendable {
        let owner: OwnerID
        /// The write that the commit must include.
        let operation: StateOperation?
        fileprivate let generation: Int
        /// The slot that the commit writes.
        fileprivate let slot: (number: Int, content: OutboxSlot)?
    }

    /// The outcome of a commit.
    enum Outcome {
        case written
        case notWritten
        case unknown
    }

    /// Slots to give back.
    struct Release: Equatable, Sendable {
        /// The instance that the slots belong to.
        let instance: String
        let owner: OwnerID
        let slots: [Int]
        /// The highest published sequence; `nil` when it is unknown or already stored.
        let published: Int?
    }

    private struct Line {
        /// The number that the next commit writes, or that an earlier one has written.
        var number: Int
        /// The stored contents of that slot; `nil` while it is not known to be written.
        var written: OutboxSlot?
        /// Earlier numbers that may be in the store.
        var earlier: [Int] = []
        /// When a commit with an unknown outcome was last given up.
        var uncertainSince: ContinuousClock.Instant? { didSet { looks = 0 } }
        /// The number of regular looks since then.
        var looks = 0
        var pins = 0
        /// Whether a commit that writes `number` is under way or was given up.
        var mayBeStored = false
        var lastUse: ContinuousClock.Instant
        var published: Int?
        /// The sequence in the stored mark, as far as it is known here.
        var marked = 0

        var slots: [Int] { earlier + (written != nil || mayBeStored ? [number] : []) }
    }

    private struct State {
        var lines: [OwnerID: Line] = [:]
        /// Slots that are being given back.
        var leaving: [Release] = []
        /// Slots that were to be given back, but are not known to be deleted.
        var kept: [Release] = []
        var next = 0
        var instance = ""
        var generation = 0

        /// The next number; `nil` when the lease has no more.
        mutating func takeNumber(limit: Int) -> Int? {
            guard next < limit else { return nil }
            defer { next += 1 }
            return next
        }
    }

    /// An owner takes a new slot once this many of the changes that its slot covers are published, or `slotsPerSlot`
    /// slots were taken since.
    private static let changesPerSlot = 256
    private static let slotsPerSlot = 1024
    /// How many more numbers than are in use a lease should have.
    private static let numbersAhead = 64

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

    /// The number of owners with slots.
    var count: Int { state.withLock { $0.lines.count + $0.leaving.count + $0.kept.count } }

    /// The lowest number that may be in the store, and its instance: that instance's lease, and no other, may omit the
    /// numbers before it.
    var firstNumber: (number: Int, instance: String) {
        state.withLock { state in
            let given = (state.leaving + state.kept).compactMap { $0.slots.min() }
            let number = (state.lines.values.map { $0.slots.min() ?? $0.number } + given).min() ?? state.next
            return (number, state.instance)
        }
    }

    /// Makes sure that others find a commit which is about to be sent if this process dies, and holds its slot until it
    /// is settled.
    ///
    /// - Parameters:
    ///   - owner: The owner of the commit.
    ///   - first: The first change that may be unpublished.
    /// - Returns: The write that the commit must include; pass it to `settle` with the outcome of the commit.
    /// - Throws: ``JournalFailure`` when the lease cannot be written.
    func pin(_ owner: OwnerID, first: Int) async throws(JournalFailure) -> Pin {
        var wanted = 0
        while true {
            let holder = try await lease.hold(slots: wanted)
            if let pin = lease.whileHeld(holder, { pin(owner, first: first, under: holder) }) { return pin }
            wanted = holder.slots + max(Outbox.numbersAhead, count)
        }
    }

    private func pin(_ owner: OwnerID, first: Int, under holder: LeaseKeeper.Holder) -> Pin? {
        let now = clock()
        return state.withLock { state in
            if state.generation != holder.generation || state.instance.isEmpty {
                // The slots of a lost lease belong to the instance that took it.
                state = State(instance: holder.instance, generation: holder.generation)
            }
            var line: Line
            if let held = state.lines[owner] {
                line = held
            } else {
                guard let number = state.takeNumber(limit: holder.slots) else { return nil }
                line = Line(number: number, lastUse: now)
            }
            let isOld =
                line.written.map { first - $0.first >= Outbox.changesPerSlot } ?? true
                || state.next - line.number > Outbox.slotsPerSlot
            var slot: (number: Int, content: OutboxSlot)?
            if isOld {
                // A number that may be stored already is not written again, because the commit would be refused for it.
                if line.written != nil || line.mayBeStored {
                    guard let number = state.takeNumber(limit: holder.slots) else { return nil }
                    line.earlier.append(line.number)
                    (line.number, line.written) = (number, nil)
                }
                line.mayBeStored = true
                slot = (line.number, OutboxSlot(owner: owner, first: first))
            }
            line.pins += 1
            line.lastUse = now
            state.lines[owner] = line
            let operation = slot.map { slot in
                // First write wins: an instance that took the lease closes its numbers by writing them.
                let key = RelayKeys.slot(holder.instance, slot.number)
                return StateOperation.upsert(
                    StateItem(key, json: slot.content.encoded, concurrency: .firstWrite)
                )
            }
            return Pin(owner: owner, operation: operation, generation: holder.generation, slot: slot)
        }
    }

    /// Makes the next commit check the lease, because one was refused for another reason than its record, perhaps for a
    /// closed number.
    func doubtLease() { lease.doubt() }

    /// Releases a commit; if it was written, its events must be in the relay's care by now.
    func settle(_ pin: Pin, _ outcome: Outcome) {
        let now = clock()
        state.withLock { state in
            guard state.generation == pin.generation, var line = state.lines[pin.owner] else { return }
            line.pins -= 1
            line.lastUse = now
            switch outcome {
            case .written: if let slot = pin.slot, slot.number == line.number { line.written = slot.content }
            case .unknown: line.uncertainSince = now
            case .notWritten:
                guard let slot = pin.slot else { break }
                line.earlier.removeAll { $0 == slot.number }
                if slot.number == line.number, line.written == nil { line.mayBeStored = false }
            }
            state.lines[pin.owner] = line
            if line.pins == 0, line.slots.isEmpty, line.uncertainSince == nil { state.lines[pin.owner] = nil }
        }
    }

    /// Notes that an owner's changes up to a sequence are published, and whether the stored mark says so.
    func notePublished(_ owner: OwnerID, _ sequence: Int, isMarked: Bool = false) {
        state.withLock { state in
            guard let line = state.lines[owner] else { return }
            state.lines[owner]?.published = max(line.published ?? 0, sequence)
            if isMarked { state.lines[owner]?.marked = max(line.marked, sequence) }
        }
    }

    /// The owners with slots, and the highest sequence of each that is known here to be published.
    var published: [(owner: OwnerID, sequence: Int)] {
        state.withLock { state in state.lines.map { ($0.key, $0.value.published ?? 0) } }
    }

    /// Notes that an owner's journal has lost commits, so that nothing is known to be published.
    func noteUncertain(_ owner: OwnerID) {
        let now = clock()
        state.withLock { state in
            state.lines[owner]?.published = nil
            state.lines[owner]?.marked = 0
            state.lines[owner]?.uncertainSince = now
        }
    }

    /// The owners with a commit whose outcome is unknown and which is not under way any more, for a regular look.
    ///
    /// The looks are counted instead of asking the clock: it leaps when the machine is suspended, while a call waits in
    /// the sidecar and arrives afterwards.
    ///
    /// - Parameter looks: The number of looks in the longest time that a call may be under way.
    /// - Returns: Each owner, with the time of its last such commit.
    func uncertain(after looks: Int) -> [(owner: OwnerID, since: ContinuousClock.Instant)] {
        state.withLock { state in
            var found: [(owner: OwnerID, since: ContinuousClock.Instant)] = []
            for (owner, line) in state.lines where line.pins == 0 {
                guard let since = line.uncertainSince else { continue }
                if line.looks >= looks { found.append((owner, since)) } else { state.lines[owner]?.looks += 1 }
            }
            return found
        }
    }

    /// Notes that an owner's journal was read since, and that all its changes are in the relay's care.
    func noteCertain(_ owner: OwnerID, since: ContinuousClock.Instant) {
        state.withLock { state in
            // The owner stays uncertain if another commit was given up in the meantime.
            if state.lines[owner]?.uncertainSince == since { state.lines[owner]?.uncertainSince = nil }
        }
    }

    /// Takes out slots of owners that have nothing left to publish.
    ///
    /// - Parameters:
    ///   - limit: The most owners.
    ///   - evenIfRecent: Whether to include slots that were just used.
    ///   - isIdle: Whether an owner has nothing left to publish.
    /// - Returns: The slots, each with its instance; pass them to `settle` with the outcome.
    func takeIdle(limit: Int, evenIfRecent: Bool, isIdle: (OwnerID) -> Bool) -> [Release] {
        let now = clock()
        return state.withLock { state in
            // These owners have nothing to publish; only their slots must be deleted.
            var releases = Array(state.kept.prefix(limit))
            state.kept.removeFirst(releases.count)
            let firstNew = releases.count
            for (owner, line) in state.lines where releases.count < limit {
                guard line.pins == 0, line.uncertainSince == nil, evenIfRecent || line.lastUse + idleTime <= now,
                    isIdle(owner)
                else { continue }
                let mark = line.published.flatMap { $0 > line.marked ? $0 : nil }
                releases.append(Release(instance: state.instance, owner: owner, slots: line.slots, published: mark))
            }
            for release in releases[firstNew...] { state.lines[release.owner] = nil }
            state.leaving += releases
            return releases
        }
    }

    /// Notes the outcome of giving slots back: those that may still be stored are kept for the next attempt, except
    /// those of a lost lease, which belong to the instance that took it.
    func settle(_ releases: [Release], areGone: Bool) {
        state.withLock { state in
            state.leaving.removeAll(where: releases.contains)
            if !areGone { state.kept += releases.filter { $0.instance == state.instance } }
        }
    }
}
