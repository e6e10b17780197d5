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

    private let state: Mutex<State>
    private let clock: @Sendable () -> ContinuousClock.Instant

    init(owner: OwnerID, clock: @escaping @Sendable () -> ContinuousClock.Instant) {
        state = Mutex(State(book: Book(owner: owner)))
        self.clock = clock
    }

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
            for change in record.changes {
                let old = state.book.task(change.taskID)
                Tasks.apply(change, to: &state.book)
                guard let task = state.book.task(change.taskID) ?? old else { continue }
                state.tail.append(TaskEvent(owner: state.book.owner, change: change, task: task))
            }
            state.published = max(state.published, record.published)
            state.trimTail(to: BookView.tailLimit)
        }
    }

    /// Applies a commit of this process, and hands over what is to be published now: what others wrote before it, then its own.
    /// - Returns: the events, and up to where everything is published already or in the relay's care.
    func apply(own commit: Commit, sentAt: ContinuousClock.Instant) -> (after: Int, events: [TaskEvent]) {
        state.withLock { state in
            // A reader may have found the record before its writer had the answer.
            if state.book.head < commit.record.sequence {
                for change in commit.record.changes { Tasks.apply(change, to: &state.book) }
            }
            state.confirmedAt = max(state.confirmedAt ?? sentAt, sentAt)
            let first = commit.record.sequence
            let events = state.tail.filter { $0.change.sequence < first } + commit.events
            state.tail.removeAll { $0.change.sequence <= commit.record.last }
            let after = max(state.published, state.handedOver)
            state.handedOver = commit.record.last
            return (after, events)
        }
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
                    result = .success(try await readOn(with: reader))
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

    private func readOn(with reader: JournalReader) async throws(JournalFailure) {
        let asked = clock()
        try await reader.commits(from: head + 1) { record in
            apply(record)
            return true
        }
        confirm(asked)
    }
}

extension BookView.State {
    fileprivate mutating func trimTail(to limit: Int) {
        let known = tail.prefix { $0.change.sequence <= published }.count
        tail.removeFirst(max(known, tail.count - limit))
    }
}
