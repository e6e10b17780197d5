internal import Dapr

/// Reads single keys for all who ask; those who ask on one loop at the same time share a call.
struct SharedReads: Sendable {
    private let executors: ServiceExecutors
    private let batchers: [ReadBatcher]

    /// Makes the reads of a service, with at most `limit` keys in a call; 1 has each read by itself.
    init(
        dapr: DaprClient,
        store: StoreName,
        limit: Int,
        executors: ServiceExecutors,
        metrics: JournalMetrics
    ) {
        self.executors = executors
        batchers = executors.all.map {
            ReadBatcher(dapr: dapr, store: store, limit: limit, executor: $0, metrics: metrics)
        }
    }

    /// Reads what is stored under a key, as it is now; nil when there is nothing.
    func entry(_ key: StateKey, trace: TraceContext?) async throws(DaprError) -> StateEntry? {
        try await executors.mine(of: batchers).entry(key, trace: trace)
    }
}
