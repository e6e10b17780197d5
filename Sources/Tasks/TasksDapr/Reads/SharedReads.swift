internal import Dapr

/// Reads single keys for all who ask; those who ask on one loop at the same time share a call.
struct SharedReads: Sendable {
    private let executors: ServiceExecutors
    private let batchers: [ReadBatcher]

    /// Makes the reads of a service.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar.
    ///   - store: the state store.
    ///   - configuration: how many reads may share a call, and whether such a call proves that a key has nothing.
    ///   - watch: is told how calls end.
    ///   - executors: the loops that the reads are asked for on.
    ///   - metrics: what is counted.
    init(
        dapr: DaprClient,
        store: StateStoreName,
        configuration: JournalConfiguration,
        watch: StoreWatch? = nil,
        executors: ServiceExecutors,
        metrics: JournalMetrics
    ) {
        self.executors = executors
        batchers = executors.all.map {
            ReadBatcher(
                dapr: dapr,
                store: store,
                configuration: configuration,
                watch: watch,
                executor: $0,
                metrics: metrics
            )
        }
    }

    /// Reads what is stored under a key, as it is now; nil proves that there is nothing.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - isOftenMissing: whether there is nothing more often than not, so that a call which cannot prove it is not worth sharing.
    ///   - trace: the trace to continue.
    /// - Returns: the value, or nil.
    /// - Throws: ``JournalFailure`` when it could not be read.
    func entry(
        _ key: StateKey,
        isOftenMissing: Bool = false,
        trace: TraceContext?
    ) async throws(JournalFailure) -> StateEntry? {
        try await executors.mine(of: batchers).entry(key, isOftenMissing: isOftenMissing, trace: trace)
    }
}
