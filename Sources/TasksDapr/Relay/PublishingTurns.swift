internal import Dapr
internal import Synchronization
internal import Tasks

/// Whose turn it is to publish an owner's changes, when several instances write them.
///
/// Without faults one instance publishes a change. A run of unpublished changes is published by the one that committed the first of them,
/// through to the journal's end, whoever made the rest; the others wait. What is published, and up to where its publisher has taken
/// changes on, stands in the owner's mark, written for all such owners together ten times a second and read as often by those who wait. Where the
/// mark tells that all before a change is published and nobody has taken it on, it is its committer's turn. A mark that does not move for a
/// while is a fault, and its price a repeat: who waits goes ahead.
///
/// An owner whose changes all come from one instance costs nothing but, for some seconds, its marks.
final class PublishingTurns: Sendable {
    fileprivate struct Line {
        /// The highest sequence that was published here; what others have published is theirs to tell.
        var published = 0
        /// Up to where changes are in the relay's care here.
        var claimed = 0
        /// The mark that was last written, or is being written; who reads it may go ahead by it.
        var told = PublishedMark(sequence: 0)
        /// Changes of this instance that wait, in order.
        var waiting: [ClosedRange<Int>] = []
        /// Since when the mark has not moved while they wait.
        var unmovedSince: ContinuousClock.Instant
        /// The mark that was read last.
        var seen: PublishedMark?
        /// Until when others are expected to write too.
        var sharedUntil: ContinuousClock.Instant
        var lastUse: ContinuousClock.Instant
    }

    fileprivate struct State {
        var lines: [OwnerID: Line] = [:]
        /// The owners with changes that wait.
        var waiting: Set<OwnerID> = []
        /// The owners whose mark is to be written.
        var untold: Set<OwnerID> = []
        var isAlone = true
    }

    /// How long a mark may stand still before who waits goes ahead.
    private static let patience = Duration.seconds(2)
    /// How long after one of another instance an owner's changes are expected to come from several.
    private static let sharedTime = Duration.seconds(10)
    fileprivate static let lineTime = Duration.seconds(600)
    fileprivate static let lineLimit = 10_000
    private static let marksPerCall = 64

    private let state = Mutex(State())
    private let clock: @Sendable () -> ContinuousClock.Instant

    init(clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.clock = clock
    }

    /// Whether no other instance is known.
    var isAlone: Bool { state.withLock { $0.isAlone } }

    /// Notes whether there are other instances.
    func noteOthers(_ areThere: Bool) { state.withLock { $0.isAlone = !areThere } }

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
    /// - Returns: whether to publish them now, with what lies between; otherwise they wait.
    func takesOn(_ commit: ClosedRange<Int>, of owner: OwnerID, after: Int, published: Int) -> Bool {
        let now = clock()
        return state.withLock { state in
            let followsOthers = after + 1 < commit.lowerBound
            if state.lines[owner] == nil {
                if state.isAlone, !followsOthers { return true }
                state.makeRoom(now)
                // What its slot was given back for is told already.
                state.lines[owner] = Line(
                    published: published,
                    claimed: after,
                    told: PublishedMark(sequence: published),
                    unmovedSince: now,
                    sharedUntil: now + PublishingTurns.sharedTime,
                    lastUse: now
                )
            }
            guard var line = state.lines[owner] else { return true }
            defer { state.lines[owner] = line }
            line.lastUse = now
            if followsOthers { line.sharedUntil = now + PublishingTurns.sharedTime }
            // Nobody else may go ahead as long as the mark does not tell that all that was taken on is published.
            let isPublisher = line.claimed == after && line.told.sequence < line.claimed
            if line.waiting.isEmpty, !followsOthers || isPublisher {
                line.claimed = max(line.claimed, commit.upperBound)
                return true
            }
            if line.waiting.isEmpty { line.unmovedSince = now }
            // Others may wait for what was published here when nobody else was expected.
            if line.told.sequence < line.published { state.untold.insert(owner) }
            line.waiting.append(commit)
            state.waiting.insert(owner)
            return false
        }
    }

    /// Notes that all of an owner's changes up to one are in the relay's care now, whoever made them.
    func noteTakenOn(_ owner: OwnerID, through last: Int) {
        state.withLock { state in
            guard let line = state.lines[owner] else { return }
            state.lines[owner]?.claimed = max(line.claimed, last)
            state.lines[owner]?.waiting = []
            state.waiting.remove(owner)
        }
    }

    /// Notes that an owner's changes up to one were published here.
    func notePublished(_ owner: OwnerID, _ sequence: Int) {
        let now = clock()
        state.withLock { state in
            guard let line = state.lines[owner], sequence > line.published else { return }
            state.lines[owner]?.published = sequence
            if now < line.sharedUntil || !line.waiting.isEmpty { state.untold.insert(owner) }
        }
    }

    /// Notes that an owner's mark is about to be written with its slot given back.
    func noteTold(_ owner: OwnerID, _ sequence: Int) {
        state.withLock { state in
            guard let line = state.lines[owner], line.told.sequence < sequence else { return }
            state.lines[owner]?.told = PublishedMark(sequence: sequence)
        }
    }

    /// Lets go of what is known of an owner, whose journal is not what it was.
    func forget(_ owner: OwnerID) {
        state.withLock { state in
            state.lines[owner] = nil
            state.waiting.remove(owner)
            state.untold.remove(owner)
        }
    }

    // MARK: - Marks

    /// The marks to write now.
    func takeMarks() -> [(owner: OwnerID, mark: PublishedMark)] {
        state.withLock { state in
            var marks: [(owner: OwnerID, mark: PublishedMark)] = []
            for owner in state.untold.prefix(PublishingTurns.marksPerCall) {
                guard let line = state.lines[owner] else { continue }
                let mark = PublishedMark(sequence: line.published, claimed: max(line.claimed, line.published))
                // From here on others may go by it.
                state.lines[owner]?.told = mark
                marks.append((owner, mark))
            }
            for (owner, _) in marks { state.untold.remove(owner) }
            return marks
        }
    }

    /// Has marks written again that are not known to be stored.
    func retry(_ marks: [(owner: OwnerID, mark: PublishedMark)]) {
        state.withLock { state in
            for (owner, _) in marks where state.lines[owner] != nil { state.untold.insert(owner) }
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
                if mark != line.seen { line.unmovedSince = now }
                line.seen = mark
                line.waiting.removeAll { $0.upperBound <= mark.sequence }
            }
            state.lines[owner] = line
            guard let next = line.waiting.first else {
                state.waiting.remove(owner)
                return false
            }
            if let mark, mark.sequence + 1 >= next.lowerBound, mark.claimed < next.upperBound { return true }
            return now - line.unmovedSince >= PublishingTurns.patience
        }
    }
}

extension PublishingTurns.State {
    fileprivate mutating func makeRoom(_ now: ContinuousClock.Instant) {
        guard lines.count >= PublishingTurns.lineLimit else { return }
        lines = lines.filter { owner, line in
            waiting.contains(owner) || untold.contains(owner) || now - line.lastUse < PublishingTurns.lineTime
        }
    }
}
