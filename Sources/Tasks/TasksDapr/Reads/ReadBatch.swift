internal import Dapr
internal import Synchronization

/// The readers that share a call that has not been made yet or is under way.
final class ReadBatch: Sendable {
    private struct State {
        /// The readers; `nil` once the call is made.
        var readers: [WaitingReader]?
        /// How many of them still wait.
        var waiting = 1
        var work: Task<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ reader: WaitingReader) {
        state = Mutex(State(readers: [reader]))
        reader.joined(self)
    }

    /// Notes the task that makes the call.
    func setWork(_ work: Task<Void, Never>) {
        state.withLock { $0.work = work }
    }

    /// Adds a reader; false when the call was made, the batch is full, or all readers have left and so cancelled the
    /// call.
    func add(_ reader: WaitingReader, limit: Int) -> Bool {
        let isIn = state.withLock { state in
            guard let count = state.readers?.count, count < limit, state.waiting > 0 else { return false }
            state.readers?.append(reader)
            state.waiting += 1
            return true
        }
        if isIn { reader.joined(self) }
        return isIn
    }

    /// Closes the batch, and returns the readers that still wait.
    func close() -> [WaitingReader] {
        state.withLock { state in
            defer { state.readers = nil }
            return (state.readers ?? []).filter(\.isWaiting)
        }
    }

    /// Notes that a reader waits no longer, and cancels the call if it was the last.
    func readerLeft() {
        let work: Task<Void, Never>? = state.withLock { state in
            state.waiting -= 1
            return state.waiting == 0 ? state.work : nil
        }
        work?.cancel()
    }
}

/// A caller that waits for the value of a key.
final class WaitingReader: Sendable {
    enum Outcome: Sendable {
        case result(Result<StateEntry?, JournalFailure>)
        /// The reader must read the key by itself.
        case alone
    }

    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var batch: ReadBatch?
        var hasLeft = false
    }

    let key: StateKey
    private let state = Mutex(State())

    init(_ key: StateKey) {
        self.key = key
    }

    /// Whether the reader has not been woken.
    var isWaiting: Bool { state.withLock { $0.continuation != nil } }

    /// Registers the continuation that ``resume(_:)`` wakes; false when the reader had already left and was woken here.
    func wait(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        let hasLeft = state.withLock { state in
            if !state.hasLeft { state.continuation = continuation }
            return state.hasLeft
        }
        if hasLeft { continuation.resume(returning: .result(.failure(.cancelled))) }
        return !hasLeft
    }

    /// Notes the batch that the reader is in.
    func joined(_ batch: ReadBatch) {
        let hasLeft = state.withLock { state in
            state.batch = batch
            return state.hasLeft
        }
        if hasLeft { batch.readerLeft() }
    }

    /// Wakes the reader, unless it was woken before.
    func resume(_ outcome: Outcome) {
        take()?.resume(returning: outcome)
    }

    /// Wakes a cancelled reader, and tells its batch.
    func leave() {
        let (waiting, batch) = state.withLock { state in
            state.hasLeft = true
            defer { (state.continuation, state.batch) = (nil, nil) }
            return (state.continuation, state.continuation == nil ? nil : state.batch)
        }
        waiting?.resume(returning: .result(.failure(.cancelled)))
        batch?.readerLeft()
    }

    private func take() -> CheckedContinuation<Outcome, Never>? {
        state.withLock { state in
            defer { (state.continuation, state.batch) = (nil, nil) }
            return state.continuation
        }
    }
}
