internal import Dapr
internal import DaprMetrics
internal import Synchronization

/// Reads single keys, and combines those asked for within one turn of a loop into one call.
///
/// A call costs the service, the sidecar and the store more than its contents, so a busy server shares it. A read that
/// comes alone is a single read, sent in the same turn. A read that joins sees every write that was acknowledged before
/// it was asked for, because the call is made afterwards. The call continues the trace of the first read.
///
/// Reads that share a call share its time limit, and fail together when the sidecar or the store cannot answer now.
/// When the call is refused for a reason that may concern only one key, each key is read by itself. So is a key without
/// a value, unless the sidecar is known to report keys that it could not read.
final class ReadBatcher: Sendable {
    private let dapr: DaprClient
    private let store: StateStoreName
    private let limit: Int
    private let missesAreProof: Bool
    private let watch: StoreWatch?
    private let executor: (any TaskExecutor)?
    private let metrics: JournalMetrics
    /// The batch that reads may still join.
    private let open = Mutex<ReadBatch?>(nil)

    /// Creates a batcher for the reads of one loop.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar.
    ///   - store: The state store.
    ///   - configuration: How many reads may share a call, where 1 reads each key by itself; and whether a shared call
    ///     proves that a key has no value.
    ///   - watch: Learns how calls end.
    ///   - executor: The loop on which reads are asked for, which then need no hop; `nil` is the shared pool.
    ///   - metrics: The metrics of the journal.
    init(
        dapr: DaprClient,
        store: StateStoreName,
        configuration: JournalConfiguration,
        watch: StoreWatch?,
        executor: (any TaskExecutor)?,
        metrics: JournalMetrics
    ) {
        self.dapr = dapr
        self.store = store
        limit = configuration.readsPerCall
        missesAreProof = configuration.bulkReadsReportErrors
        self.watch = watch
        self.executor = executor
        self.metrics = metrics
    }

    /// Reads the current value of a key.
    ///
    /// A cancelled caller returns at once. The call goes on for the other callers, and is cancelled with the last one.
    ///
    /// - Returns: The value; `nil` proves that there is none.
    func entry(
        _ key: StateKey,
        isOftenMissing: Bool = false,
        trace: TraceContext?
    ) async throws(JournalFailure) -> StateEntry? {
        metrics.reads.increment()
        guard limit > 1, missesAreProof || !isOftenMissing else { return try await outcome(of: key, trace).get() }
        let reader = WaitingReader(key)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if reader.wait(continuation) { join(reader, trace) }
            }
        } onCancel: {
            reader.leave()
        }
        switch outcome {
        case .result(let result): return try result.get()
        case .alone: return try await self.outcome(of: key, trace).get()
        }
    }

    private func join(_ reader: WaitingReader, _ trace: TraceContext?) {
        open.withLock { open in
            if let open, open.add(reader, limit: limit) { return }
            let batch = ReadBatch(reader)
            open = batch
            // The task runs after the loop has started the rest of its work; by then other readers have joined.
            batch.setWork(Task(executorPreference: executor) { await self.read(batch, trace) })
        }
    }

    private func read(_ batch: ReadBatch, _ trace: TraceContext?) async {
        open.withLock { if $0 === batch { $0 = nil } }
        let readers = batch.close()
        switch readers.count {
        case 0: break
        case 1: readers[0].resume(.result(await outcome(of: readers[0].key, trace)))
        default:
            let outcomes = await outcomes(of: readers.map(\.key), trace)
            for (reader, outcome) in zip(readers, outcomes) { reader.resume(outcome) }
        }
    }

    /// Reads a key by itself.
    private func outcome(of key: StateKey, _ trace: TraceContext?) async -> Result<StateEntry?, JournalFailure> {
        metrics.readCalls.increment()
        do throws(DaprError) {
            return .success(try await dapr.getState(key, in: store, consistency: .strong, trace: trace))
        } catch {
            watch?.noteFailure(error)
            return .failure(.store(error))
        }
    }

    private func outcomes(of keys: [StateKey], _ trace: TraceContext?) async -> [WaitingReader.Outcome] {
        metrics.readCalls.increment()
        do throws(DaprError) {
            return try await dapr.getBulkState(each: keys, in: store, trace: trace).map { result in
                switch result {
                case .found(let entry): .result(.success(entry))
                case .missing: missesAreProof ? .result(.success(nil)) : .alone
                case .failed: .alone
                }
            }
        } catch {
            watch?.noteFailure(error)
            return keys.map { _ in mayBeOfOneKey(error) ? .alone : .result(.failure(.store(error))) }
        }
    }

    /// Whether a call for several keys may have failed because of one of them.
    ///
    /// For other failures, asking for each key would only add to the load of a sidecar or store that is down or
    /// overloaded.
    private func mayBeOfOneKey(_ error: DaprError) -> Bool {
        switch error.kind {
        case .unreadableAnswer, .invalidArgument: true
        case .refused: error.status.map { $0 < 500 && $0 != 429 } ?? false
        default: false
        }
    }
}
