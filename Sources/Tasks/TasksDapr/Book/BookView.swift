internal import Dapr
internal import Synchronization
internal import Tasks

/// The book of one owner as this process knows it: never wrong, sometimes behind.
///
/// It moves only forward, by commits read from the journal or written by this process. The lock is held to decide, apply and
/// evaluate, never across a call.
final class BookView: Sendable {
    /// What a view holds beside its book.
    struct State {
        var book: Book
        /// The last commit in the book; nil when there is none, or an old snapshot did not tell.
        var commit: CommitMark?
        /// When a call was begun that showed that commit to be in the store.
        var groundedAt: ContinuousClock.Instant?
        /// The commit that was not in the store when it was last looked for.
        var lost: CommitMark?
        /// Where records may be that the journal does not lead to.
        var stranded: Set<Int> = []
        /// Whether the journal was once read to its end.
        var isLoaded = false
        /// The sequence of the last change in the stored snapshot: the journal leads at least there.
        var snapshotEnd = 0
        /// Whether the owner is in the directory.
        var isListed = false
        /// When the question was asked whose answer last showed that the view was current.
        var confirmedAt: ContinuousClock.Instant?
        /// The highest sequence known to be published.
        var published = 0
        /// The highest sequence given to the relay, which sees to it from then on.
        var handedOver = 0
        /// What was written after both, by others or waiting for its turn, oldest first, at most `tailLimit`.
        var tail: [TaskEvent] = []
        /// Those who wait until someone else has loaded the view; nil when nobody loads.
        var loaders: [CheckedContinuation<Void, Never>]?
    }

    private static let tailLimit = 1000
    /// After how long without confirmation a view is read again; far shorter than commits are kept at least.
    static let lifetime = Duration.seconds(86_400)
    /// How long a book may be read before its snapshot is looked at again.
    static let loadingTime = Duration.seconds(10)

    let state: Mutex<State>
    let clock: @Sendable () -> ContinuousClock.Instant

    init(owner: OwnerID, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        state = Mutex(State(book: Book(owner: owner)))
        self.clock = clock
    }

    /// What became of the commit that a view stood on.
    enum Ground {
        /// It is where it was.
        case firm
        /// It is not: the view was thrown away.
        case lost(CommitMark)
    }

    /// Whether nobody confirmed the view for so long that commits after it may have been removed.
    func isStale(_ now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.confirmedAt.map { $0 + BookView.lifetime < now } ?? false }
    }

    /// Whether the owner is known to be in the directory.
    var isListed: Bool { state.withLock { $0.isListed } }

    /// Notes that the owner is in the directory, which nobody leaves.
    func noteListed() { state.withLock { $0.isListed = true } }

    /// About how many bytes of memory the view takes.
    var approximateBytes: Int {
        state.withLock { state in state.tail.reduce(state.book.approximateBytes) { $0 + $1.approximateBytes } }
    }

    /// Looks at the book, at the last commit in it and at the highest sequence known to be published, under the lock.
    func read<Value: Sendable, Failure>(
        _ body: (Book, CommitMark?, Int) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try state.withLock { state throws(Failure) in try body(state.book, state.commit, state.published) }
    }

    /// Loads the view if it is cold, and asks for news if it was not confirmed since `instant`.
    /// - Returns: whether the journal was asked.
    func confirm(
        since instant: ContinuousClock.Instant,
        with reader: JournalReader
    ) async throws(JournalFailure) -> Bool {
        if try await load(with: reader) { return true }
        if let confirmed = state.withLock({ $0.confirmedAt }), confirmed >= instant { return false }
        _ = try await catchUp(with: reader)
        return true
    }

    /// Asks for the next commit and applies what there is, until there is no next one.
    /// - Returns: whether the view moved.
    func catchUp(with reader: JournalReader) async throws(JournalFailure) -> Bool {
        if try await load(with: reader) { return true }
        let asked = clock()
        guard let news = try await reader.commit(at: head + 1), try await take(news, readAt: asked, reader) else {
            confirm(asked)
            return false
        }
        // Mostly it was one, of another server.
        let askedAgain = clock()
        if let news = try await reader.commit(at: head + 1), try await take(news, readAt: askedAgain, reader) {
            try await readOn(with: reader)
        } else {
            confirm(askedAgain)
        }
        return true
    }

    /// Whether the view must be looked at before anything is decided on it: it was not since something went wrong, or for long.
    func isDoubtful(since instant: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.isLoaded, state.commit != nil else { return false }
            return state.groundedAt.map { $0 < instant } ?? true
        }
    }

    /// Looks whether the commit that the view stands on is in the store.
    func checkGround(with reader: JournalReader) async throws(JournalFailure) -> Ground {
        let asked = clock()
        guard let mark = state.withLock({ $0.isLoaded ? $0.commit : nil }) else { return .firm }
        // A book that was read again and stands on the same commit still has it from its snapshot: there is no other to stand on.
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

    /// Whether a commit is the next one after what the view has.
    func isFollowed(by record: CommitRecord) -> Bool {
        state.withLock { state in
            state.isLoaded && state.book.head + 1 == record.sequence && state.commit?.id == record.after
        }
    }

    /// The last commit in the book.
    var commit: CommitMark? { state.withLock { $0.commit } }

    /// Begins anew, unless the view has moved on from a commit meanwhile.
    func throwAway(_ mark: CommitMark) {
        state.withLock { state in
            guard state.commit == mark, state.loaders == nil else { return }
            state = State(book: Book(owner: state.book.owner), lost: mark, isListed: state.isListed)
        }
    }

    /// Applies a commit that was read; one that is known already changes nothing.
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
                state.tail.append(TaskEvent(owner: state.book.owner, change: entry.change, task: task))
            }
            state.published = max(state.published, record.published)
            state.trimTail(to: BookView.tailLimit)
        }
    }

    /// Applies a commit of this process, and hands over what may be published now: what others wrote before it, then its own.
    ///
    /// - Parameters:
    ///   - commit: the commit, which is in the store.
    ///   - sentAt: when it was first sent.
    ///   - handOver: takes the events, up to where everything is published already or in the relay's care, and up to where it is published, and whether that was here;
    ///     or returns false to have them kept until their turn. It is called under the lock: what is handed over later follows.
    /// - Returns: whether enough changed for a snapshot.
    func apply(
        own commit: Commit,
        sentAt: ContinuousClock.Instant,
        _ handOver: (_ after: Int, _ published: Int, _ isOurs: Bool, _ events: [TaskEvent]) -> Bool
    ) -> Bool {
        state.withLock { state in
            // A reader may have found the record before its writer had the answer.
            if state.book.head + 1 == commit.record.sequence {
                state.stranded.remove(commit.record.sequence)
                for entry in commit.record.entries { Tasks.apply(entry.change, to: &state.book) }
                state.commit = commit.record.mark
                state.groundedAt = sentAt
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

    /// Hands over everything that is not known to be published, after the journal was read to its end.
    ///
    /// - Parameter take: takes the events at hand, up to where everything is published already or in the relay's care, and the last sequence;
    ///   it is called under the lock.
    /// - Returns: the last sequence.
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

    /// What to do for a snapshot of the book, given the one that is stored.
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

    /// Notes that everything up to a sequence is published.
    func notePublished(_ sequence: Int) {
        state.withLock { state in
            state.published = max(state.published, min(sequence, state.book.head))
            state.trimTail(to: BookView.tailLimit)
        }
    }

    var head: Int { state.withLock { $0.book.head } }

    /// Whether the journal was once read to its end.
    var isLoaded: Bool { state.withLock { $0.isLoaded } }

    func confirm(_ asked: ContinuousClock.Instant) {
        state.withLock { $0.confirmedAt = max($0.confirmedAt ?? asked, asked) }
    }
}

/// What there is to do for a snapshot.
enum SnapshotStep {
    /// Nothing: there is one.
    case none
    /// Read the book again: it continues another snapshot than the stored one.
    case outdated
    /// Write it, with the last commit in it and the highest sequence known to be published. Tasks that were numbered anew fit no other stored snapshot.
    case work(SnapshotWork, commit: CommitMark?, isRenumbered: Bool, published: Int)
}

extension BookView.State {
    fileprivate mutating func trimTail(to limit: Int) {
        let known = tail.prefix { $0.change.sequence <= published }.count
        tail.removeFirst(max(known, tail.count - limit))
    }
}
