internal import Dapr
internal import Synchronization
internal import Tasks

/// The book of one owner as this process knows it: never wrong, sometimes behind.
///
/// The view moves only forward, by commits that were read from the journal or written by this process. Its lock is held
/// to decide, apply and evaluate, but never during a call.
final class BookView: Sendable {
    /// The book and the facts about it.
    struct State {
        var book: Book
        /// The last commit in the book; `nil` when there is none, or an old snapshot did not name it.
        var commit: CommitMark?
        /// When the last call started that showed this commit to be in the store.
        var groundedAt: ContinuousClock.Instant?
        /// The commit that was missing in the store at the last check.
        var lost: CommitMark?
        /// The sequences at which stranded records may be.
        var stranded: Set<Int> = []
        /// Whether the journal was ever read to its end.
        var isLoaded = false
        /// The sequence of the last change in the stored snapshot; the journal reaches at least that far.
        var snapshotEnd = 0
        /// Whether the owner is in the directory.
        var isListed = false
        /// When the call was started that last showed the view to be current.
        var confirmedAt: ContinuousClock.Instant?
        /// The highest sequence known to be published.
        var published = 0
        /// The highest sequence given to the relay, which publishes up to there.
        var handedOver = 0
        /// The events after both, of other instances or waiting for their turn, oldest first; at most `tailLimit`.
        var tail: [TaskEvent] = []
        /// The callers that wait while another loads the view; `nil` when nobody loads.
        var loaders: [CheckedContinuation<Void, Never>]?
    }

    private static let tailLimit = 1000
    /// The time without confirmation after which a view is read again; far shorter than the shortest retention of
    /// commits.
    static let lifetime = Duration.seconds(86_400)
    /// The loading time after which the snapshot is checked again.
    static let loadingTime = Duration.seconds(10)

    let state: Mutex<State>
    /// Learns of the changes, in order: it is told under the lock.
    private let live: LiveChanges
    let clock: @Sendable () -> ContinuousClock.Instant

    init(owner: OwnerID, live: LiveChanges, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        state = Mutex(State(book: Book(owner: owner)))
        self.live = live
        self.clock = clock
    }

    /// The result of checking for the commit that a view stands on.
    enum Ground {
        /// The commit is in the store.
        case firm
        /// The commit is gone, and the view was thrown away.
        case lost(CommitMark)
    }

    /// Whether the view was unconfirmed for so long that commits after it may have been removed.
    func isStale(_ now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.confirmedAt.map { $0 + BookView.lifetime < now } ?? false }
    }

    /// Whether the owner is known to be in the directory.
    var isListed: Bool { state.withLock { $0.isListed } }

    /// Notes that the owner is in the directory, which has no removals.
    func noteListed() { state.withLock { $0.isListed = true } }

    /// The approximate bytes of memory of the view.
    var approximateBytes: Int {
        state.withLock { state in state.tail.reduce(state.book.approximateBytes) { $0 + $1.approximateBytes } }
    }

    /// Calls `body` under the lock with the book, its last commit, and the highest sequence known to be published.
    func read<Value: Sendable, Failure>(
        _ body: (Book, CommitMark?, Int) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try state.withLock { state throws(Failure) in try body(state.book, state.commit, state.published) }
    }

    /// Loads the view if it is cold, and reads new commits if it was not confirmed since `instant`.
    /// - Returns: Whether the journal was read.
    func confirm(
        since instant: ContinuousClock.Instant,
        with reader: JournalReader
    ) async throws(JournalFailure) -> Bool {
        if try await load(with: reader) { return true }
        if let confirmed = state.withLock({ $0.confirmedAt }), confirmed >= instant { return false }
        _ = try await catchUp(with: reader)
        return true
    }

    /// Reads and applies new commits until there is no next one.
    /// - Returns: Whether the view moved.
    func catchUp(with reader: JournalReader) async throws(JournalFailure) -> Bool {
        if try await load(with: reader) { return true }
        let asked = clock()
        guard let news = try await reader.commit(at: head + 1), try await take(news, readAt: asked, reader) else {
            confirm(asked)
            return false
        }
        // Usually there is one new commit, of another server.
        let askedAgain = clock()
        if let news = try await reader.commit(at: head + 1), try await take(news, readAt: askedAgain, reader) {
            try await readOn(with: reader)
        } else {
            confirm(askedAgain)
        }
        return true
    }

    /// Whether the view's last commit must be checked before a decision: it was not checked since `instant`.
    func isDoubtful(since instant: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.isLoaded, state.commit != nil else { return false }
            return state.groundedAt.map { $0 < instant } ?? true
        }
    }

    /// Checks whether the commit that the view stands on is in the store.
    func checkGround(with reader: JournalReader) async throws(JournalFailure) -> Ground {
        let asked = clock()
        guard let mark = state.withLock({ $0.isLoaded ? $0.commit : nil }) else { return .firm }
        // A view that was read again and ends with the same commit has it from the snapshot: there is no other commit
        // to stand on.
        let isKnownToBeGone = state.withLock { $0.lost == mark }
        let isThere = isKnownToBeGone ? true : try await reader.hasCommit(mark)
        if isThere {
            state.withLock { state in
                if state.commit == mark { state.groundedAt = max(state.groundedAt ?? asked, asked) }
            }
            return .firm
        }
        throwAway(mark)
        return .lost(mark)
    }

    /// Whether `record` is the commit right after those in the view.
    func isFollowed(by record: CommitRecord) -> Bool {
        state.withLock { state in
            state.isLoaded && state.book.head + 1 == record.sequence && state.commit?.id == record.after
        }
    }

    /// Where a commit belongs that this view did not apply.
    enum Place {
        /// Right after those in the view.
        case next
        /// Among those in the view: it is one of them, or another has its place.
        case past
    }

    /// The place of `record`; `nil` when the view does not lead to it, or is not loaded.
    func place(of record: CommitRecord) -> Place? {
        state.withLock { state in
            guard state.isLoaded else { return nil }
            if state.book.head >= record.sequence { return .past }
            return state.book.head + 1 == record.sequence && record.mayFollow(state.commit?.id) ? .next : nil
        }
    }

    /// The last commit in the book.
    var commit: CommitMark? { state.withLock { $0.commit } }

    /// Starts over, unless the view has moved on from `mark` meanwhile.
    func throwAway(_ mark: CommitMark) {
        state.withLock { state in
            guard state.commit == mark, state.loaders == nil else { return }
            state = State(book: Book(owner: state.book.owner), lost: mark, isListed: state.isListed)
        }
    }

    /// Applies a commit that was read; a known one changes nothing.
    func apply(_ record: CommitRecord, readAt asked: ContinuousClock.Instant) {
        state.withLock { state in
            guard record.sequence == state.book.head + 1 else { return }
            state.stranded.remove(record.sequence)
            state.commit = record.mark
            state.groundedAt = asked
            for entry in record.entries {
                let old = state.book.task(entry.change.taskID)
                Tasks.apply(entry.change, to: &state.book)
                guard let task = entry.task ?? state.book.task(entry.change.taskID) ?? old else { continue }
                let event = TaskEvent(owner: state.book.owner, change: entry.change, task: task)
                state.tail.append(event)
                live.note([RecordedChange(event)], of: event.owner)
            }
            state.published = max(state.published, record.published)
            state.trimTail(to: BookView.tailLimit)
        }
    }

    /// Applies a commit of this process, and hands over the events that may be published now: earlier ones of others,
    /// then its own.
    ///
    /// - Parameters:
    ///   - commit: The commit, which is in the store.
    ///   - sentAt: When it was first sent.
    ///   - handOver: Takes the events, or returns false to keep them until their turn. `after` is the sequence up to
    ///     which everything is published or in the relay's care, `published` the one up to which everything is
    ///     published, and `isOurs` tells whether this instance published it. The lock is held during the call, so that
    ///     later calls hand over later events.
    /// - Returns: Whether the book has changed enough for a snapshot.
    func apply(
        own commit: Commit,
        sentAt: ContinuousClock.Instant,
        _ handOver: (_ after: Int, _ published: Int, _ isOurs: Bool, _ events: [TaskEvent]) -> Bool
    ) -> Bool {
        state.withLock { state in
            // A reader may have found the record before its writer got the answer.
            if state.book.head + 1 == commit.record.sequence {
                state.stranded.remove(commit.record.sequence)
                for entry in commit.record.entries { Tasks.apply(entry.change, to: &state.book) }
                state.commit = commit.record.mark
                state.groundedAt = sentAt
                live.note(commit.events.map(RecordedChange.init), of: state.book.owner)
            }
            state.confirmedAt = max(state.confirmedAt ?? sentAt, sentAt)
            let (first, last) = (commit.record.sequence, commit.record.last)
            let after = max(state.published, state.handedOver)
            let earlier = state.tail.filter { $0.change.sequence < first && $0.change.sequence > after }
            let later = state.tail.filter { $0.change.sequence > last }
            let isOurs = state.handedOver > 0 && state.handedOver >= state.published
            if handOver(after, state.published, isOurs, earlier + commit.events) {
                state.tail = later
                state.handedOver = max(state.handedOver, last)
            } else {
                state.tail = earlier + commit.events + later
                state.trimTail(to: BookView.tailLimit)
            }
            return state.book.needsSnapshot
        }
    }

    /// The highest sequence known to be published.
    var published: Int { state.withLock { $0.published } }

    /// Hands over all events that are not known to be published, after the journal was read to its end.
    ///
    /// - Parameter take: Takes the events at hand, the sequence up to which everything is published or in the relay's
    ///   care, and the last sequence; the lock is held during the call.
    /// - Returns: The last sequence.
    func handOver(_ take: (_ after: Int, _ events: [TaskEvent], _ last: Int) -> Void) -> Int {
        state.withLock { state in
            let after = max(state.published, state.handedOver)
            let events = state.tail.filter { $0.change.sequence > after }
            state.tail = []
            state.handedOver = max(state.handedOver, state.book.head)
            take(after, events, state.book.head)
            return state.book.head
        }
    }

    /// The next step for a snapshot of the book, given the stored one.
    func beginSnapshot(over stored: BookSnapshot?) -> SnapshotStep {
        state.withLock { state in
            guard state.book.needsSnapshot else { return .none }
            if let stored {
                if stored.numbering != state.book.snapshotNumbering { return .outdated }
                // Another server was faster.
                if stored.sequence >= state.book.head {
                    state.book.noteSnapshot(stored)
                    return .none
                }
            } else if state.book.snapshotSequence > 0 {
                return .outdated
            }
            let isRenumbered =
                state.book.needsRenumbering && (stored?.sequence ?? 0) == state.book.snapshotSequence
            if isRenumbered { state.book.renumber() }
            return .work(
                state.book.snapshotWork(over: stored),
                commit: state.commit,
                isRenumbered: isRenumbered,
                published: state.published
            )
        }
    }

    /// Notes that a snapshot is stored.
    func noteSnapshot(_ snapshot: BookSnapshot) {
        state.withLock { $0.book.noteSnapshot(snapshot) }
    }

    /// Notes that everything up to `sequence` is published.
    func notePublished(_ sequence: Int) {
        state.withLock { state in
            state.published = max(state.published, min(sequence, state.book.head))
            state.trimTail(to: BookView.tailLimit)
        }
    }

    var head: Int { state.withLock { $0.book.head } }

    /// Whether the journal was ever read to its end.
    var isLoaded: Bool { state.withLock { $0.isLoaded } }

    func confirm(_ asked: ContinuousClock.Instant) {
        state.withLock { $0.confirmedAt = max($0.confirmedAt ?? asked, asked) }
    }
}

/// The next step for a snapshot of a book.
enum SnapshotStep {
    /// Nothing needs to be written.
    case none
    /// The book must be read again, because it continues another snapshot than the stored one.
    case outdated
    /// The snapshot must be written, with its last commit and the highest published sequence; renumbered tasks fit no
    /// other stored snapshot.
    case work(SnapshotWork, commit: CommitMark?, isRenumbered: Bool, published: Int)
}

extension BookView.State {
    fileprivate mutating func trimTail(to limit: Int) {
        let known = tail.prefix { $0.change.sequence <= published }.count
        tail.removeFirst(max(known, tail.count - limit))
    }
}
