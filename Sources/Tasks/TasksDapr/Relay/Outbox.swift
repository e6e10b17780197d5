internal import Dapr
internal import Synchronization
internal import Tasks

/// Which owners have changes that this instance has yet to publish, written down in the store with the changes themselves: what is left
/// when it dies, another finds there.
///
/// The first commit of a burst takes a slot; while it is held, commits write nothing more. When all is published and no commit came for
/// a while, the slot is given back. A slot's number is never used again under the same instance: whatever a call about it comes to,
/// however late, it can only be about that one use of it.
final class Outbox: Sendable {
    /// A commit under way, with what it must write beside its own.
    struct Pin: Sendable {
        let owner: OwnerID
        /// What the commit must write too.
        let operation: StateOperation?
        fileprivate let generation: Int
        /// The slot that it writes, with its number.
        fileprivate let slot: (number: Int, content: OutboxSlot)?
    }

    /// What became of a commit.
    enum Outcome {
        case written
        case notWritten
        case unknown
    }

    /// Slots to give back.
    struct Release: Equatable, Sendable {
        /// Whose slots they are.
        let instance: String
        let owner: OwnerID
        let slots: [Int]
        /// The highest sequence published; nil when none is known, or it is written down already.
        let published: Int?
    }

    private struct Line {
        /// The number that the next commit writes, or that one has written.
        var number: Int
        /// What that slot says; nil while it is not known to be written.
        var written: OutboxSlot?
        /// Numbers before it that may be in the store.
        var earlier: [Int] = []
        /// When a commit was last given up that may be written, or may still come to be.
        var uncertainSince: ContinuousClock.Instant?
        var pins = 0
        /// Whether a commit that writes `number` is on its way, or was given up.
        var mayBeStored = false
        var lastUse: ContinuousClock.Instant
        var published: Int?
        /// The highest sequence that the stored mark tells, as far as it is known here.
        var marked = 0

        var slots: [Int] { earlier + (written != nil || mayBeStored ? [number] : []) }
    }

    private struct State {
        var lines: [OwnerID: Line] = [:]
        /// Slots that are being given back.
        var leaving: [Release] = []
        /// Slots that were to be given back, and are not known to be.
        var kept: [Release] = []
        var next = 0
        var instance = ""
        var generation = 0

        /// The next number; nil when the lease has no more.
        mutating func takeNumber(limit: Int) -> Int? {
            guard next < limit else { return nil }
            defer { next += 1 }
            return next
        }
    }

    /// When so many changes are published that a slot still tells of, or so many slots were taken since, another is written.
    private static let changesPerSlot = 256
    private static let slotsPerSlot = 1024
    /// How many numbers a lease is to have more than are used.
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

    /// How many owners have slots.
    var count: Int { state.withLock { $0.lines.count + $0.leaving.count + $0.kept.count } }

    /// The lowest number that may be in the store, and of whose: the lease of that instance, and of no other, need not tell of those before it.
    var firstNumber: (number: Int, instance: String) {
        state.withLock { state in
            let given = (state.leaving + state.kept).compactMap { $0.slots.min() }
            let number = (state.lines.values.map { $0.slots.min() ?? $0.number } + given).min() ?? state.next
            return (number, state.instance)
        }
    }

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
            if let pin = lease.whileHeld(holder, { pin(owner, first: first, under: holder) }) { return pin }
            wanted = holder.slots + max(Outbox.numbersAhead, count)
        }
    }

    private func pin(_ owner: OwnerID, first: Int, under holder: LeaseKeeper.Holder) -> Pin? {
        let now = clock()
        return state.withLock { state in
            if state.generation != holder.generation || state.instance.isEmpty {
                // The slots of a lost lease are its taker's.
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
                // A number that may be there already is not written again: the commit would be refused for it.
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
                // First write: who took the lease closes its numbers by writing them.
                let key = RelayKeys.slot(holder.instance, slot.number)
                return StateOperation.upsert(
                    StateItem(key, json: slot.content.encoded, concurrency: .firstWrite)
                )
            }
            return Pin(owner: owner, operation: operation, generation: holder.generation, slot: slot)
        }
    }

    /// Has the lease looked at before the next commit: one was refused for another reason than its record, which may be a number that is closed.
    func doubtLease() { lease.doubt() }

    /// Lets go of a commit; if it was written, its events must be in the relay's care by now.
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

    /// Notes that an owner's changes up to a sequence are published, and whether the store's mark says so.
    func notePublished(_ owner: OwnerID, _ sequence: Int, isMarked: Bool = false) {
        state.withLock { state in
            guard let line = state.lines[owner] else { return }
            state.lines[owner]?.published = max(line.published ?? 0, sequence)
            if isMarked { state.lines[owner]?.marked = max(line.marked, sequence) }
        }
    }

    /// The owners with slots, and up to where they are published as far as it is known here.
    var published: [(owner: OwnerID, sequence: Int)] {
        state.withLock { state in state.lines.map { ($0.key, $0.value.published ?? 0) } }
    }

    /// Notes that an owner's journal is not what it was, so that what is published of it is not known.
    func noteUncertain(_ owner: OwnerID) {
        let now = clock()
        state.withLock { state in
            state.lines[owner]?.published = nil
            state.lines[owner]?.marked = 0
            state.lines[owner]?.uncertainSince = now
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
    ///   - limit: of how many owners at most.
    ///   - evenIfRecent: also those that were just used.
    ///   - isIdle: whether nothing of an owner is left to publish.
    /// - Returns: the slots, each with the instance it belongs to; give them to `settle` with what became of them.
    func takeIdle(limit: Int, evenIfRecent: Bool, isIdle: (OwnerID) -> Bool) -> [Release] {
        let now = clock()
        return state.withLock { state in
            // Of these nothing is published any more; they only must go.
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

    /// Notes what became of slots that were given back: those that are not known to be gone are kept for the next time, and those of a lost
    /// lease are its taker's.
    func settle(_ releases: [Release], areGone: Bool) {
        state.withLock { state in
            state.leaving.removeAll(where: releases.contains)
            if !areGone { state.kept += releases.filter { $0.instance == state.instance } }
        }
    }
}
