internal import Dapr
internal import Synchronization
internal import Tasks

/// The book of one owner as this process knows it: never wrong, sometimes behind.
///
/// It moves only forward, by commits read from the journal or written by this process. The lock is held to decide, apply and
/// evaluate, never across a call.
final class BookView: Sendable {
    /// What a view holds beside its book.
    fileprivate struct State {
        var book: Book
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
        /// What others wrote after both, oldest first, at most `tailLimit`: published before the next change of ours.
        var tail: [TaskEvent] = []
        /// Those who wait until someone else has loaded the view; nil when nobody loads.
        var loaders: [CheckedContinuation<Void, Never>]?
    }

    private static let tailLimit = 1000
    /// Far shorter than commits are kept at least.
    private static let lifetime = Duration.seconds(86_400)

    private let state: Mutex<State>
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let now: @Sendable () -> Timestamp

    init(
        owner: OwnerID,
        clock: @escaping @Sendable () -> ContinuousClock.Instant,
        now: @escaping @Sendable () -> Timestamp
    ) {
        state = Mutex(State(book: Book(owner: owner)))
        self.clock = clock
        self.now = now
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

    /// Looks at the book, and at the highest sequence known to be published, under the lock.
    func read<Value: Sendable, Failure>(_ body: (Book, Int) throws(Failure) -> Value) throws(Failure) -> Value {
        try state.withLock { state throws(Failure) in try body(state.book, state.published) }
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
        guard let news = try await reader.commit(at: head + 1) else {
            confirm(asked)
            return false
        }
        apply(news)
        try await readOn(with: reader)
        return true
    }

    /// Applies a commit that was read; one that is known already changes nothing.
    func apply(_ record: CommitRecord) {
        state.withLock { state in
            guard record.sequence == state.book.head + 1 else { return }
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

    /// Applies a commit of this process, and hands over what is to be published now: what others wrote before it, then its own.
    /// - Returns: the events, up to where everything is published already or in the relay's care, and whether enough changed for a snapshot.
    func apply(
        own commit: Commit,
        sentAt: ContinuousClock.Instant
    ) -> (after: Int, events: [TaskEvent], needsSnapshot: Bool) {
        state.withLock { state in
            // A reader may have found the record before its writer had the answer.
            if state.book.head + 1 == commit.record.sequence {
                for entry in commit.record.entries { Tasks.apply(entry.change, to: &state.book) }
            }
            state.confirmedAt = max(state.confirmedAt ?? sentAt, sentAt)
            let first = commit.record.sequence
            let events = state.tail.filter { $0.change.sequence < first } + commit.events
            state.tail.removeAll { $0.change.sequence <= commit.record.last }
            let after = max(state.published, state.handedOver)
            state.handedOver = max(state.handedOver, commit.record.last)
            return (after, events, state.book.needsSnapshot)
        }
    }

    /// The highest sequence known to be published.
    var published: Int { state.withLock { $0.published } }

    /// Hands over everything that is not known to be published, after the journal was read to its end.
    /// - Returns: the events at hand, up to where everything is published already or in the relay's care, and the last sequence.
    func handOver() -> (after: Int, events: [TaskEvent], last: Int) {
        state.withLock { state in
            let after = max(state.published, state.handedOver)
            let events = state.tail.filter { $0.change.sequence > after }
            state.tail = []
            state.handedOver = max(state.handedOver, state.book.head)
            return (after, events, state.book.head)
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
            return .work(state.book.snapshotWork(over: stored), isRenumbered: isRenumbered, published: state.published)
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

    private var head: Int { state.withLock { $0.book.head } }

    private func confirm(_ asked: ContinuousClock.Instant) {
        state.withLock { $0.confirmedAt = max($0.confirmedAt ?? asked, asked) }
    }

    /// Loads a cold view; whoever comes meanwhile waits for the one who loads, and loads in turn if that one fails.
    /// - Returns: whether the view was loaded by this call.
    private func load(with reader: JournalReader) async throws(JournalFailure) -> Bool {
        while true {
            let isOurs: Bool? = state.withLock { state in
                if state.isLoaded { return nil }
                if state.loaders != nil { return false }
                state.loaders = []
                return true
            }
            guard let isOurs else { return false }
            if isOurs {
                let result: Result<Void, JournalFailure>
                do throws(JournalFailure) {
                    result = .success(try await readAll(with: reader))
                } catch {
                    result = .failure(error)
                }
                let waiting = state.withLock { state in
                    if case .success = result { state.isLoaded = true }
                    defer { state.loaders = nil }
                    return state.loaders ?? []
                }
                for continuation in waiting { continuation.resume() }
                try result.get()
                return true
            }
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.loaders != nil else { return false }
                    state.loaders?.append(continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// Reads the snapshot, and the journal after it.
    private func readAll(with reader: JournalReader) async throws(JournalFailure) {
        let asked = clock()
        let (owner, hasBegun) = state.withLock { ($0.book.owner, $0.book.head > 0) }
        // An earlier attempt may have come to a part of it.
        if !hasBegun {
            let loaded = try await reader.snapshot(of: owner)
            state.withLock { state in
                state.snapshotEnd = loaded.end
                state.book = loaded.book
                state.published = max(state.published, loaded.published)
                // Whoever wrote a snapshot saw to it that the owner is listed.
                if loaded.hasSnapshot { state.isListed = true }
            }
            if let first = loaded.firstCommit {
                apply(first)
            } else if loaded.book.head == 0, loaded.end == 0 {
                return confirm(asked)
            }
        }
        let oldest = state.withLock { $0.book.time }
        try await readOn(with: reader)
        let (head, end) = state.withLock { ($0.book.head, $0.snapshotEnd) }
        if head < end {
            let key = reader.keys.commit(head + 1).rawValue
            throw .book(.unreadable(key: key, reason: "it is missing, though the snapshot is newer"))
        }
        if oldest.advanced(byMilliseconds: BookView.lifetime.wholeMilliseconds) < now() {
            try await checkNothingWasRemoved(after: head, reader)
        }
    }

    /// Sees to it that the journal did not seem to end because its next, old commit was just removed behind a new snapshot.
    private func checkNothingWasRemoved(after head: Int, _ reader: JournalReader) async throws(JournalFailure) {
        guard let entry = try await reader.entry(reader.keys.head) else { return }
        let stored = try reader.head(entry)
        guard stored.snapshot.sequence > head else { return }
        state.withLock { $0.book = Book(owner: $0.book.owner) }
        throw .store(DaprError(.unreachable, operation: "a snapshot was written while the one before it was read"))
    }

    private func readOn(with reader: JournalReader) async throws(JournalFailure) {
        let asked = clock()
        try await reader.commits(from: head + 1) { record in
            apply(record)
            return true
        }
        confirm(asked)
    }
}

/// What there is to do for a snapshot.
enum SnapshotStep {
    /// Nothing: there is one.
    case none
    /// Read the book again: it continues another snapshot than the stored one.
    case outdated
    /// Write it, with the highest sequence known to be published. Tasks that were numbered anew fit no other stored snapshot.
    case work(SnapshotWork, isRenumbered: Bool, published: Int)
}

extension BookView.State {
    fileprivate mutating func trimTail(to limit: Int) {
        let known = tail.prefix { $0.change.sequence <= published }.count
        tail.removeFirst(max(known, tail.count - limit))
    }
}
