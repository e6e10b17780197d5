internal import Dapr

/// Reads single keys for all callers; concurrent callers on one loop share a call.
struct SharedReads: Sendable {
    private let executors: ServiceExecutors
    private let batchers: [ReadBatcher]

    /// Creates the shared reads of a service.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar.
    ///   - store: The state store.
    ///   - configuration: How many reads may share a call, and whether a shared call proves that a key has no value.
    ///   - watch: Learns how calls end.
    ///   - executors: The loops on which reads are asked for.
    ///   - metrics: The metrics of the journal.
    init(
        dapr: DaprClient,
        store: StateStoreName,
        configuration: JournalConfiguration,
        watch: StoreWatch?,
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

    /// Reads the current value of a key; `nil` proves that there is none.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - isOftenMissing: Whether the key usually has no value; a call that cannot prove that is not worth sharing.
    ///   - trace: The trace to continue.
    /// - Returns: The value, or `nil`.
    /// - Throws: ``JournalFailure`` when the key could not be read.
    func entry(
        _ key: StateKey,
        isOftenMissing: Bool = false,
        trace: TraceContext?
    ) async throws(JournalFailure) -> StateEntry? {
        try await executors.mine(of: batchers).entry(key, isOftenMissing: isOftenMissing, trace: trace)
    }
}
