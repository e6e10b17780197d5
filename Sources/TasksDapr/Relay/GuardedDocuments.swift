internal import Dapr
internal import Tasks

/// Documents that several instances change, each change under the ETag of what it was made from.
struct GuardedDocuments: Sendable {
    private static let attempts = 20

    let dapr: DaprClient
    let store: StoreName
    /// Who is told how calls end.
    var watch: StoreWatch?

    /// What is stored under a key.
    func read(_ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        try await watched { () async throws(DaprError) in try await dapr.state(store, key, consistency: .strong) }
    }

    /// What is stored under some keys; that one is not in the answer proves nothing.
    func read(_ keys: some Collection<StateKey>) async throws(JournalFailure) -> [StateKey: StateEntry] {
        try await watched { () async throws(DaprError) in try await dapr.entries(store, keys) }
    }

    private func watched<Value: Sendable>(
        _ call: () async throws(DaprError) -> Value
    ) async throws(JournalFailure) -> Value {
        do throws(DaprError) {
            guard let watch else { return try await call() }
            return try await watch.call(call)
        } catch {
            throw .store(error)
        }
    }

    /// Changes a document, again when another was faster or nobody knows whether it was written.
    ///
    /// - Parameters:
    ///   - key: the document's key.
    ///   - ttl: how long what is written lives; nil sets no limit.
    ///   - change: the new bytes for those that are stored; nil leaves them. It is asked again with each attempt, so making the same
    ///     change twice must do no harm.
    /// - Returns: what is stored then.
    /// - Throws: ``JournalFailure/store(_:)``.
    @discardableResult
    func update(
        _ key: StateKey,
        ttl: Duration? = nil,
        _ change: ([UInt8]?) -> [UInt8]?
    ) async throws(JournalFailure) -> [UInt8]? {
        var failures = 0
        while true {
            let entry = try await read(key)
            guard let new = change(entry?.value) else { return entry?.value }
            do throws(DaprError) {
                try await dapr.save(
                    store,
                    [StateItem(key: key, value: new, etag: entry?.etag, concurrency: .firstWrite, ttl: ttl)]
                )
                return new
            } catch {
                failures += 1
                guard error.anotherWroteFirst || error.outcomeUnknown, failures < GuardedDocuments.attempts else {
                    throw .store(error)
                }
                try? await Task.sleep(for: .milliseconds(Int.random(in: 1...(4 << min(failures, 6)))))
                if Task.isCancelled { throw .store(error) }
            }
        }
    }

    /// Writes and removes several, all or nothing, in the order of their keys.
    ///
    /// A sidecar carries them out in the order in which they come, and a database locks each row: two that come in different orders would wait for
    /// one another.
    func transact(_ operations: [StateOperation]) async throws(JournalFailure) {
        let ordered = operations.sorted { $0.key.rawValue.utf8.lexicographicallyPrecedes($1.key.rawValue.utf8) }
        try await watched { () async throws(DaprError) in try await dapr.transact(store, ordered) }
    }

    /// What writes down how far an owner is published.
    func mark(_ owner: OwnerID, _ mark: PublishedMark) -> StateOperation {
        .upsert(StateItem(key: JournalKeys(owner).published, value: mark.encoded))
    }
}
