internal import Dapr
internal import Synchronization
internal import Tasks

/// The marks that publish the state of turns, and the checks of a kept turn.
extension PublishingTurns {
    /// How often the marks of kept turns are written; nobody waits for them.
    private static let keptMarkTime = Duration.milliseconds(250)
    /// How often a publisher that is not done shows that it lives.
    fileprivate static let beatTime = Duration.milliseconds(500)
    private static let marksPerCall = 64

    /// Takes the marks to write now.
    func takeMarks() -> [(owner: OwnerID, mark: PublishedMark)] {
        let now = clock()
        return state.withLock { state in
            state.lookAfterActive(name, now)
            var marks: [(owner: OwnerID, mark: PublishedMark)] = []
            let isKeptDue = state.keptToldAt.map { now - $0 >= PublishingTurns.keptMarkTime } ?? true
            if isKeptDue { state.keptToldAt = now }
            for owner in state.untold where marks.count < PublishingTurns.marksPerCall {
                guard let line = state.lines[owner] else {
                    state.untold.remove(owner)
                    continue
                }
                if line.isKept, line.isKeptInStore, !isKeptDue { continue }
                let mark = line.mark(name)
                // From here on others may act on this mark.
                state.lines[owner]?.told = mark
                state.lines[owner]?.toldAt = now
                state.untold.remove(owner)
                marks.append((owner, mark))
            }
            return marks
        }
    }

    /// Whether other instances became known since the last call; they may wait for changes that were published while
    /// none was known.
    func takeNewOthers() -> Bool {
        state.withLock { state in
            defer { state.hasNewOthers = false }
            return state.hasNewOthers
        }
    }

    /// Prepares a mark that tells others how far an owner was published here while no others were known.
    func tell(of owner: OwnerID, published: Int) {
        let now = clock()
        state.withLock { state in
            guard state.lines[owner] == nil else { return }
            state.makeRoom(now)
            state.lines[owner] = Line(published: published, claimed: published, told: 0, now)
            if published > 0 { state.untold.insert(owner) }
        }
    }

    /// Notes that marks are stored.
    func noteStored(_ marks: [(owner: OwnerID, mark: PublishedMark)]) {
        state.withLock { state in
            for (owner, mark) in marks where mark.claimsEverything {
                state.lines[owner]?.isKeptInStore = true
            }
        }
    }

    /// Queues marks again that are not known to be stored.
    func retry(_ marks: [(owner: OwnerID, mark: PublishedMark)]) {
        state.withLock { state in
            for (owner, _) in marks where state.lines[owner] != nil { state.untold.insert(owner) }
        }
    }

    /// The owners whose turn is kept, each with the last change that this instance has taken on.
    var kept: [(owner: OwnerID, claimed: Int)] {
        state.withLock { state in
            state.active.compactMap { owner in
                state.lines[owner].flatMap { $0.isKept ? (owner, $0.claimed) : nil }
            }
        }
    }

    /// Takes in the mark that was read for an owner whose turn is kept.
    /// - Returns: Whether the turn is still kept.
    func seeKept(_ mark: PublishedMark?, of owner: OwnerID) -> Bool {
        state.withLock { state in
            guard let line = state.lines[owner], line.isKept else { return false }
            guard line.isKeptInStore, let mark, mark.publisher != name else { return true }
            if mark.publisher == nil {
                // An instance that gave a slot back wrote over it, and does not go on.
                state.lines[owner]?.isKeptInStore = false
                state.untold.insert(owner)
                return true
            }
            state.lines[owner]?.isKept = false
            state.lines[owner]?.seen = mark
            state.untold.remove(owner)
            return false
        }
    }

    /// Notes that the journal of an owner whose turn is kept has new commits.
    func noteNews(_ owner: OwnerID) {
        let now = clock()
        state.withLock { state in
            guard let line = state.lines[owner] else { return }
            state.lines[owner]?.wasBusyUntil = line.busyUntil
            state.lines[owner]?.busyUntil = now + PublishingTurns.keepTime
            state.lines[owner]?.sharedUntil = now + PublishingTurns.sharedTime
            state.lines[owner]?.lastUse = now
        }
    }

    /// Stops keeping the turn of an owner whose book is not in memory.
    func letGo(_ owner: OwnerID) { state.withLock { $0.letGo(owner) } }

    /// Stops keeping any turn, because the process is about to end.
    /// - Parameter isOver: Whether publishing has ended too.
    func letGoOfAll(isOver: Bool) {
        state.withLock { state in
            state.mayKeep = false
            for owner in state.active {
                state.letGo(owner)
                if isOver, let line = state.lines[owner] { state.lines[owner]?.claimed = line.published }
            }
        }
    }
}

extension PublishingTurns.State {
    /// Stops keeping turns that need not be kept any more, and renews the beat of marks whose publisher is not done.
    fileprivate mutating func lookAfterActive(_ name: String, _ now: ContinuousClock.Instant) {
        for owner in active {
            guard let line = lines[owner] else {
                active.remove(owner)
                continue
            }
            if line.isKept, now >= line.busyUntil { letGo(owner) }
            if line.claimed > line.published {
                guard line.isKept || now < line.sharedUntil && !line.isAnothers(name),
                    now - line.toldAt >= PublishingTurns.beatTime
                else { continue }
                lines[owner]?.told.beat += 1
                untold.insert(owner)
            } else if lines[owner]?.isKept == false {
                active.remove(owner)
            }
        }
    }

    fileprivate mutating func letGo(_ owner: OwnerID) {
        guard lines[owner]?.isKept == true else { return }
        lines[owner]?.isKept = false
        untold.insert(owner)
    }
}
