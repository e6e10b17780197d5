internal import Dapr
internal import Metrics
internal import Synchronization

/// Reads single keys; those that are asked for within one turn of a loop are read with one call.
///
/// A call costs the service, the sidecar and the store more than what it brings, so a busy server shares it: a read that comes alone is a
/// single read, at once; of several, none waits for more than what the loop has at hand. A read that joins sees every write that was
/// acknowledged before it was asked for, since the call is made afterwards. The call continues the trace of the first.
///
/// No read fails for what is wrong with another's key: when a call is refused, each is read again by itself. They share its time limit.
final class ReadBatcher: Sendable {
    private let dapr: DaprClient
    private let store: StoreName
    private let limit: Int
    private let executor: (any TaskExecutor)?
    private let metrics: JournalMetrics
    private let open = Mutex<Open?>(nil)

    /// Makes a batcher for the reads of one loop.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar.
    ///   - store: the state store.
    ///   - limit: the most keys in a call; 1 has each read by itself.
    ///   - executor: the loop that the reads are asked for on, which then need no hop; nil is the shared pool.
    ///   - metrics: what is counted.
    init(
        dapr: DaprClient,
        store: StoreName,
        limit: Int,
        executor: (any TaskExecutor)?,
        metrics: JournalMetrics
    ) {
        self.dapr = dapr
        self.store = store
        self.limit = limit
        self.executor = executor
        self.metrics = metrics
    }

    /// Reads what is stored under a key, as it is now.
    ///
    /// A caller that is cancelled is let go when the call ends, which its time limit bounds.
    ///
    /// - Returns: the value, or nil when there is none.
    func entry(_ key: StateKey, trace: TraceContext?) async throws(DaprError) -> StateEntry? {
        metrics.readTasks.increment()
        guard limit > 1 else { return try await alone(key, trace) }
        let (answer, place) = join(key, trace)
        switch await answer.value {
        case .one(let entry): return entry
        case .several(let found):
            switch found[place] {
            case .found(let entry): return entry
            case .missing: return nil
            case .failed: return try await alone(key, trace)
            }
        case .failed(let error): throw error
        case .refused: return try await alone(key, trace)
        }
    }

    private func alone(_ key: StateKey, _ trace: TraceContext?) async throws(DaprError) -> StateEntry? {
        metrics.readCalls.increment()
        return try await dapr.state(store, key, consistency: .strong, trace: trace)
    }

    /// What a batch comes to.
    private enum Answer: Sendable {
        /// It had one key.
        case one(StateEntry?)
        /// One for each key.
        case several([BulkStateResult])
        /// The sidecar cannot be asked now, whatever the key.
        case failed(DaprError)
        /// The call failed, maybe for one of its keys: each is read by itself.
        case refused
    }

    /// The batch that reads may join still.
    private struct Open {
        let batch: Batch
        let answer: Task<Answer, Never>
    }

    @inline(never)  // What is inlined takes room in the frame of the async caller, which is allocated.
    private func join(_ key: StateKey, _ trace: TraceContext?) -> (Task<Answer, Never>, place: Int) {
        open.withLock { open in
            if let open, let place = open.batch.add(key, limit: limit) { return (open.answer, place) }
            let batch = Batch(key, trace)
            // It runs once the loop has begun what else is at hand: by then they have joined.
            let answer = Task(executorPreference: executor) { await self.answer(batch) }
            open = Open(batch: batch, answer: answer)
            return (answer, 0)
        }
    }

    private func answer(_ batch: Batch) async -> Answer {
        open.withLock { if $0?.batch === batch { $0 = nil } }
        let keys = batch.close()
        do throws(DaprError) {
            if keys.count == 1 { return .one(try await alone(keys[0], batch.trace)) }
            metrics.readCalls.increment()
            return .several(try await dapr.states(store, each: keys, trace: batch.trace))
        } catch {
            switch error.kind {
            case .unreachable, .timedOut, .cancelled: return .failed(error)
            default: return keys.count == 1 ? .failed(error) : .refused
            }
        }
    }

    /// The keys of a call that has not been made.
    private final class Batch: Sendable {
        let trace: TraceContext?
        /// Nil once the call is made.
        private let keys: Mutex<[StateKey]?>

        init(_ key: StateKey, _ trace: TraceContext?) {
            self.trace = trace
            keys = Mutex([key])
        }

        /// Takes one more key and tells its place; nil when it is too late or there are enough.
        func add(_ key: StateKey, limit: Int) -> Int? {
            keys.withLock { keys in
                guard let count = keys?.count, count < limit else { return nil }
                keys?.append(key)
                return count
            }
        }

        /// Takes no more keys: all there are.
        func close() -> [StateKey] {
            keys.withLock { keys in
                defer { keys = nil }
                return keys ?? []
            }
        }
    }
}
