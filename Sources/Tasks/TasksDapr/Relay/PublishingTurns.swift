internal import Dapr
internal import Synchronization
internal import Tasks

/// Decides which instance publishes an owner's changes when several instances write them.
///
/// Without faults one instance publishes a change. The owner's mark holds the highest published sequence, and the
/// sequence up to which its publisher goes on. When the mark says that everything before a change is published and
/// nobody goes on, it is the turn of the instance that committed the change. That instance publishes everything to the
/// journal's end, including the changes of others. While several instances keep changing an owner's tasks, the one
/// whose turn it is keeps the turn: it claims all future changes, and looks for those of the others.
///
/// A mark that does not move for a while, and that its publisher does not renew either, is a fault, and its price is a
/// repeat. A waiting instance then goes ahead. An instance that finds another's claim in the place of its own keeps the
/// turn no longer.
///
/// An owner whose changes all come from one instance costs nothing, except for marks during a few seconds.
final class PublishingTurns: Sendable {
    struct Line {
        /// The highest sequence that was published here; others report their own.
        var published: Int
        /// The sequence up to which changes are in the relay's care here.
        var claimed: Int
        /// The mark that was last written or is being written; its readers may go ahead because of it.
        var told: PublishedMark
        var toldAt: ContinuousClock.Instant
        /// Changes of this instance that wait, in order.
        var waiting: [ClosedRange<Int>] = []
        /// Since when, while they wait, the mark was not written; `unmovedSince` is since when its sequence has been
        /// the same.
        var unwrittenSince: ContinuousClock.Instant
        var unmovedSince: ContinuousClock.Instant
        /// How often the mark was read since it was written.
        var looks = 0
        /// The mark that was read last.
        var seen: PublishedMark?
        /// Until when other instances are expected to write too.
        var sharedUntil: ContinuousClock.Instant
        /// Until when several instances are known to write at once.
        var busyUntil: ContinuousClock.Instant
        /// The value of `busyUntil` before the last look at the journal.
        var wasBusyUntil: ContinuousClock.Instant
        /// Whether this instance publishes all future changes; `isKeptInStore` is whether the stored mark says so.
        var isKept = false
        var isKeptInStore = false
        var lastUse: ContinuousClock.Instant

        init(published: Int, claimed: Int, told: Int, _ now: ContinuousClock.Instant) {
            self.published = published
            self.claimed = claimed
            self.told = PublishedMark(sequence: told)
            (unwrittenSince, unmovedSince, busyUntil, wasBusyUntil, lastUse) = (now, now, now, now, now)
            toldAt = now
            sharedUntil = now + PublishingTurns.sharedTime
        }

        /// Whether another instance was last seen to publish all future changes.
        func isAnothers(_ name: String) -> Bool {
            seen.map { $0.claimsEverything && $0.publisher != name } ?? false
        }

        /// The mark that describes this line.
        func mark(_ name: String) -> PublishedMark {
            let claimed = isKept ? PublishedMark.everything : max(claimed, published)
            return PublishedMark(
                sequence: published,
                claimed: claimed,
                publisher: claimed > published ? name : nil,
                beat: told.beat
            )
        }
    }

    struct State {
        var lines: [OwnerID: Line] = [:]
        /// The owners with changes that wait.
        var waiting: Set<OwnerID> = []
        /// The owners whose mark must be written.
        var untold: Set<OwnerID> = []
        /// The owners with changes that were taken on but not published yet, or whose turn is kept.
        var active: Set<OwnerID> = []
        var isAlone = true
        /// Whether other instances became known since marks were last written.
        var hasNewOthers = false
        /// When the marks of kept turns were last written.
        var keptToldAt: ContinuousClock.Instant?
        /// Whether turns may be kept; not when the process is about to end.
        var mayKeep = true
    }

    /// How long a mark may go unwritten before a waiting instance goes ahead; `longPatience` is how long its sequence
    /// may stay the same while its publisher lives.
    static let patience = Duration.seconds(2)
    private static let patienceInLooks = 10
    private static let longPatience = Duration.seconds(10)
    /// How long after a change of another instance an owner's changes are expected to come from several.
    static let sharedTime = Duration.seconds(10)
    /// How long after the last change of another instance a turn is kept.
    static let keepTime = Duration.seconds(2)
    fileprivate static let lineTime = Duration.seconds(600)
    fileprivate static let lineLimit = 10_000
    /// The most owners whose turns are kept; one call looks at all their journals.
    fileprivate static let keptLimit = 256

    let state = Mutex(State())
    let clock: @Sendable () -> ContinuousClock.Instant
    /// The name of this instance in its marks.
    let name: String

    init(name: String = "self", clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.name = name
        self.clock = clock
    }

    /// Whether no other instance is known.
    var isAlone: Bool { state.withLock { $0.isAlone } }

    /// Notes whether there are other instances.
    func noteOthers(_ areThere: Bool) { state.withLock { $0.noteOthers(areThere) } }

    /// Whether changes of an owner wait for another instance.
    func isWaiting(_ owner: OwnerID) -> Bool { state.withLock { $0.waiting.contains(owner) } }

    /// Whether any change waits for another instance.
    var isAnyWaiting: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// Decides whether to publish a commit of this instance now.
    ///
    /// - Parameters:
    ///   - commit: The sequences of its changes.
    ///   - owner: Their owner.
    ///   - after: The sequence up to which everything is published or in the relay's care here.
    ///   - published: The sequence up to which everything is known to be published.
    ///   - isOurs: Whether that was published here.
    /// - Returns: Whether to publish the changes now, with those between; otherwise they wait.
    func takesOn(
        _ commit: ClosedRange<Int>,
        of owner: OwnerID,
        after: Int,
        published: Int,
        isOurs: Bool = false
    ) -> Bool {
        let now = clock()
        return state.withLock { state in
            let followsOthers = after + 1 < commit.lowerBound
            let isNew = state.lines[owner] == nil
            if followsOthers { state.noteOthers(true) }
            if isNew {
                if state.isAlone { return true }
                state.makeRoom(now)
                // The mark that was written when its slot was given back says this already.
                state.lines[owner] = Line(published: published, claimed: after, told: published, now)
            }
            guard var line = state.lines[owner] else { return true }
            defer { state.lines[owner] = line }
            if commit.upperBound <= line.claimed {
                // The journal showed this commit before its own answer came, so it is not another instance's.
                line.busyUntil = line.wasBusyUntil
            }
            if followsOthers {
                line.sharedUntil = now + PublishingTurns.sharedTime
                if !isNew, now - line.lastUse < PublishingTurns.keepTime {
                    line.busyUntil = now + PublishingTurns.keepTime
                }
            }
            line.lastUse = now
            if line.waiting.isEmpty, line.isKept || !line.isAnothers(name) {
                // Nobody else may go ahead until the mark says that everything taken on is published, nor before
                // another instance's change follows the last one published here.
                let isPublisher = line.claimed == after && line.told.sequence < line.claimed
                let isNext = !followsOthers && (isOurs || state.isAlone || commit.lowerBound == 1)
                if line.isKept || isPublisher || isNext {
                    line.claimed = max(line.claimed, commit.upperBound)
                    state.noteTaken(owner, &line, now)
                    return true
                }
            }
            if line.waiting.isEmpty { (line.unwrittenSince, line.unmovedSince, line.looks) = (now, now, 0) }
            // Others may wait for changes that were published here when no others were expected.
            if !line.isAnothers(name), line.told.sequence < line.published || isNew && isOurs {
                state.untold.insert(owner)
            }
            line.waiting.append(commit)
            state.waiting.insert(owner)
            return false
        }
    }

    /// Notes that all of an owner's changes up to `last` are in the relay's care now, including those of others.
    func noteTakenOn(_ owner: OwnerID, through last: Int) {
        let now = clock()
        state.withLock { state in
            guard var line = state.lines[owner] else { return }
            line.claimed = max(line.claimed, last)
            line.waiting = []
            // The earlier claimant does not go on.
            line.seen = nil
            state.noteTaken(owner, &line, now)
            state.lines[owner] = line
            state.waiting.remove(owner)
        }
    }

    /// Notes that an owner's changes up to `sequence` were published here.
    func notePublished(_ owner: OwnerID, _ sequence: Int) {
        let now = clock()
        state.withLock { state in
            guard let line = state.lines[owner], sequence > line.published else { return }
            state.lines[owner]?.published = sequence
            // Another instance's claim is not overwritten.
            if line.isAnothers(name), !line.isKept { return }
            if now < line.sharedUntil || !line.waiting.isEmpty || line.isKept {
                state.untold.insert(owner)
            }
        }
    }

    /// The mark to write when an owner's slot is given back; `nil` when another instance writes it.
    func markOfRelease(_ owner: OwnerID, _ sequence: Int) -> PublishedMark? {
        state.withLock { state in
            guard let line = state.lines[owner] else { return PublishedMark(sequence: sequence) }
            if line.isKept { return line.mark(name) }
            if line.isAnothers(name) { return nil }
            let mark = PublishedMark(sequence: sequence)
            if line.told.sequence < sequence { state.lines[owner]?.told = mark }
            return mark
        }
    }

    /// Drops all facts about an owner, because its journal has lost commits.
    func forget(_ owner: OwnerID) {
        state.withLock { state in
            state.lines[owner] = nil
            state.waiting.remove(owner)
            state.untold.remove(owner)
            state.active.remove(owner)
        }
    }

    /// The owners whose marks must be read.
    var waitingOwners: [OwnerID] { state.withLock { Array($0.waiting) } }

    /// Takes in the mark that was read for an owner; `nil` when none was found.
    /// - Returns: Whether it is this instance's turn.
    func see(_ mark: PublishedMark?, of owner: OwnerID) -> Bool {
        let now = clock()
        return state.withLock { state in
            guard var line = state.lines[owner], !line.waiting.isEmpty else { return false }
            if let mark {
                if mark != line.seen { (line.unwrittenSince, line.looks) = (now, 0) }
                if mark.sequence != line.seen?.sequence { line.unmovedSince = now }
                line.seen = mark
                line.waiting.removeAll { $0.upperBound <= mark.sequence }
            }
            line.looks += 1
            state.lines[owner] = line
            guard let next = line.waiting.first else {
                state.waiting.remove(owner)
                return false
            }
            if let mark, mark.sequence + 1 >= next.lowerBound {
                // A turn that this instance does not keep any more is kept by nobody.
                if mark.claimed < next.upperBound || mark.claimsEverything && mark.publisher == name {
                    return true
                }
            }
            // If a few reads take longer than the patience, the store is slow, for the publisher too.
            return now - line.unwrittenSince >= PublishingTurns.patience && line.looks > PublishingTurns.patienceInLooks
                || now - line.unmovedSince >= PublishingTurns.longPatience
        }
    }
}

extension PublishingTurns.State {
    /// Keeps a turn that was just taken, while several instances are known to write.
    fileprivate mutating func noteTaken(
        _ owner: OwnerID,
        _ line: inout PublishingTurns.Line,
        _ now: ContinuousClock.Instant
    ) {
        active.insert(owner)
        guard !line.isKept, mayKeep, !isAlone, now < line.busyUntil,
            active.count <= PublishingTurns.keptLimit
        else { return }
        line.isKept = true
        line.isKeptInStore = false
        untold.insert(owner)
    }

    fileprivate mutating func noteOthers(_ areThere: Bool) {
        if isAlone, areThere { hasNewOthers = true }
        isAlone = !areThere
    }

    mutating func makeRoom(_ now: ContinuousClock.Instant) {
        guard lines.count >= PublishingTurns.lineLimit else { return }
        lines = lines.filter { owner, line in
            waiting.contains(owner) || untold.contains(owner) || active.contains(owner)
                || now - line.lastUse < PublishingTurns.lineTime
        }
    }
}
