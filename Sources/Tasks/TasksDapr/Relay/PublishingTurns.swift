internal import Dapr
internal import Synchronization
internal import Tasks

/// Who publishes an owner's changes, when several instances write them.
///
/// Without faults one instance publishes a change. What is published, and up to where its publisher goes on, stands in the owner's mark.
/// Where it tells that all before a change is published and nobody goes on, it is the turn of the change's committer, which publishes all
/// there is to the journal's end, whoever made the rest. While an owner's changes keep coming from several, the one whose turn it is keeps
/// it: it claims whatever comes, and looks for the others' changes. A mark that does not move for a while, and that its publisher does not write again
/// either, is a fault, and its price a repeat: who waits goes ahead, and who finds another's claim in the place of its own keeps the turn no longer.
///
/// An owner whose changes all come from one instance costs nothing but, for some seconds, its marks.
final class PublishingTurns: Sendable {
    struct Line {
        /// The highest sequence that was published here; what others have published is theirs to tell.
        var published: Int
        /// Up to where changes are in the relay's care here.
        var claimed: Int
        /// The mark that was last written, or is being written; who reads it may go ahead by it.
        var told: PublishedMark
        var toldAt: ContinuousClock.Instant
        /// Changes of this instance that wait, in order.
        var waiting: [ClosedRange<Int>] = []
        /// Since when the mark was not written while they wait, and since when what it tells of has been the same.
        var unwrittenSince: ContinuousClock.Instant
        var unmovedSince: ContinuousClock.Instant
        /// How often it was looked for since it was written.
        var looks = 0
        /// The mark that was read last.
        var seen: PublishedMark?
        /// Until when others are expected to write too.
        var sharedUntil: ContinuousClock.Instant
        /// Until when several are known to write at once.
        var busyUntil: ContinuousClock.Instant
        /// That time before the last look at the journal.
        var wasBusyUntil: ContinuousClock.Instant
        /// Whether this instance publishes whatever comes, and whether the store says so.
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

        /// Whether another was last seen to publish whatever comes.
        func isAnothers(_ name: String) -> Bool {
            seen.map { $0.claimsEverything && $0.publisher != name } ?? false
        }

        /// The mark that tells of this line.
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
        /// The owners whose mark is to be written.
        var untold: Set<OwnerID> = []
        /// The owners of which something taken on is not published yet, or whose turn is kept.
        var active: Set<OwnerID> = []
        var isAlone = true
        /// Whether others came to be known since marks were last written.
        var hasNewOthers = false
        /// When the marks of kept turns were last written.
        var keptToldAt: ContinuousClock.Instant?
        /// Whether turns may be kept: not when the process is to end.
        var mayKeep = true
    }

    /// How long a mark may stand still before who waits goes ahead, and how long it may tell of the same while its publisher lives.
    static let patience = Duration.seconds(2)
    private static let patienceInLooks = 10
    private static let longPatience = Duration.seconds(10)
    /// How long after one of another instance an owner's changes are expected to come from several.
    static let sharedTime = Duration.seconds(10)
    /// How long after the last change of another instance a turn is kept.
    static let keepTime = Duration.seconds(2)
    fileprivate static let lineTime = Duration.seconds(600)
    fileprivate static let lineLimit = 10_000
    /// Of how many owners turns are kept at most: their journals are looked at with one call.
    fileprivate static let keptLimit = 256

    let state = Mutex(State())
    let clock: @Sendable () -> ContinuousClock.Instant
    /// What this instance is called in its marks.
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

    /// Decides about a commit of this instance.
    ///
    /// - Parameters:
    ///   - commit: the sequences of its changes.
    ///   - owner: whose they are.
    ///   - after: up to where everything is published, or in the relay's care here.
    ///   - published: up to where everything is known to be published.
    ///   - isOurs: whether it was published here.
    /// - Returns: whether to publish them now, with what lies between; otherwise they wait.
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
                // What its slot was given back for is told already.
                state.lines[owner] = Line(published: published, claimed: after, told: published, now)
            }
            guard var line = state.lines[owner] else { return true }
            defer { state.lines[owner] = line }
            if commit.upperBound <= line.claimed {
                // The journal showed it before its own answer came: it is no other's.
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
                // Nobody else may go ahead as long as the mark does not tell that all that was taken on is published, nor before what was
                // published here last is followed by another's change.
                let isPublisher = line.claimed == after && line.told.sequence < line.claimed
                let isNext = !followsOthers && (isOurs || state.isAlone || commit.lowerBound == 1)
                if line.isKept || isPublisher || isNext {
                    line.claimed = max(line.claimed, commit.upperBound)
                    state.noteTaken(owner, &line, now)
                    return true
                }
            }
            if line.waiting.isEmpty { (line.unwrittenSince, line.unmovedSince, line.looks) = (now, now, 0) }
            // Others may wait for what was published here when nobody else was expected.
            if !line.isAnothers(name), line.told.sequence < line.published || isNew && isOurs {
                state.untold.insert(owner)
            }
            line.waiting.append(commit)
            state.waiting.insert(owner)
            return false
        }
    }

    /// Notes that all of an owner's changes up to one are in the relay's care now, whoever made them.
    func noteTakenOn(_ owner: OwnerID, through last: Int) {
        let now = clock()
        state.withLock { state in
            guard var line = state.lines[owner] else { return }
            line.claimed = max(line.claimed, last)
            line.waiting = []
            // Whoever claimed it before does not go on.
            line.seen = nil
            state.noteTaken(owner, &line, now)
            state.lines[owner] = line
            state.waiting.remove(owner)
        }
    }

    /// Notes that an owner's changes up to one were published here.
    func notePublished(_ owner: OwnerID, _ sequence: Int) {
        let now = clock()
        state.withLock { state in
            guard let line = state.lines[owner], sequence > line.published else { return }
            state.lines[owner]?.published = sequence
            // Another's claim is not written over.
            if line.isAnothers(name), !line.isKept { return }
            if now < line.sharedUntil || !line.waiting.isEmpty || line.isKept {
                state.untold.insert(owner)
            }
        }
    }

    /// The mark to write with the slot of an owner that is given back; nil when it is another's to write.
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

    /// Lets go of what is known of an owner, whose journal is not what it was.
    func forget(_ owner: OwnerID) {
        state.withLock { state in
            state.lines[owner] = nil
            state.waiting.remove(owner)
            state.untold.remove(owner)
            state.active.remove(owner)
        }
    }

    /// The owners whose marks to read.
    var waitingOwners: [OwnerID] { state.withLock { Array($0.waiting) } }

    /// Takes in the mark that was read for an owner; nil when none was found.
    /// - Returns: whether it is this instance's turn.
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
                // What this instance does not keep any more nobody does.
                if mark.claimed < next.upperBound || mark.claimsEverything && mark.publisher == name {
                    return true
                }
            }
            // Where a few looks take longer than that the store is slow, for the publisher too.
            return now - line.unwrittenSince >= PublishingTurns.patience && line.looks > PublishingTurns.patienceInLooks
                || now - line.unmovedSince >= PublishingTurns.longPatience
        }
    }
}

extension PublishingTurns.State {
    /// Keeps a turn that was just had, while several are known to write.
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
