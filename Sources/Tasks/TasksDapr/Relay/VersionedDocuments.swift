internal import Dapr
internal import Tasks

/// Documents that several instances change, each change under the ETag of what it was made from.
struct VersionedDocuments: Sendable {
    let dapr: DaprClient
    let store: StateStoreName
    /// Who is told how calls end.
    var watch: StoreWatch?

    /// What is stored under a key.
    func read(_ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        try await watched(by: watch) { () async throws(JournalFailure) in try await dapr.entry(store, key) }
    }

    /// What is stored under some keys; that one is not in the answer proves nothing.
    func read(_ keys: some Collection<StateKey>) async throws(JournalFailure) -> [StateKey: StateEntry] {
        try await watched(by: watch) { () async throws(JournalFailure) in try await dapr.entries(store, keys) }
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
        try await update(
            key,
            ttl: ttl,
            failing: { (failure: JournalFailure) -> JournalFailure in failure },
            alongside: { bytes throws(JournalFailure) in change(bytes).map { ($0, []) } }
        )
    }

    /// The same, with other writes that happen together with it or not at all.
    ///
    /// - Parameters:
    ///   - key: the document's key.
    ///   - ttl: how long what is written lives; nil sets no limit.
    ///   - failure: what is thrown for a failure of the store.
    ///   - change: the new bytes for those that are stored, and the other writes; nil leaves all as it is.
    /// - Returns: what is stored then.
    /// - Throws: what `failure` makes of ``JournalFailure/store(_:)``, and what `change` throws.
    @discardableResult
    func update<Failure: Error>(
        _ key: StateKey,
        ttl: Duration? = nil,
        failing failure: (JournalFailure) -> Failure,
        alongside change: ([UInt8]?) async throws(Failure) -> (bytes: [UInt8], others: [StateOperation])?
    ) async throws(Failure) -> [UInt8]? {
        var failures = 0
        while true {
            let entry = try await TasksDapr.failing(as: failure, await read(key))
            guard let (bytes, others) = try await change(entry?.value) else { return entry?.value }
            let item = StateItem(key, json: bytes, etag: entry?.etag, concurrency: .firstWrite, ttl: ttl)
            do throws(DaprError) {
                try await write(item, others)
                return bytes
            } catch {
                try await TasksDapr.failing(as: failure, await Backoff.document.pause(after: error, &failures))
                if Task.isCancelled { throw failure(.store(error)) }
            }
        }
    }

    private func write(_ item: StateItem, _ others: [StateOperation]) async throws(DaprError) {
        let begin = watch?.now
        do throws(DaprError) {
            if others.isEmpty {
                try await dapr.saveState([item], in: store)
            } else {
                // It comes first, so that two who change it wait for one another there and nowhere else.
                try await dapr.transactState([.upsert(item)] + others, in: store)
            }
        } catch {
            if let begin { watch?.note(error, since: begin) }
            throw error
        }
        if let begin { watch?.note(nil, since: begin) }
    }

    /// Writes and removes several, all or nothing, in the order of their keys.
    ///
    /// A sidecar carries them out in the order in which they come, and a database locks each row: two that come in different orders would wait for
    /// one another.
    func transact(_ operations: [StateOperation]) async throws(JournalFailure) {
        let ordered = operations.sorted { $0.key.rawValue.utf8.lexicographicallyPrecedes($1.key.rawValue.utf8) }
        try await watched(by: watch) { () async throws(JournalFailure) in
            do throws(DaprError) {
                try await dapr.transactState(ordered, in: store)
            } catch {
                throw .store(error)
            }
        }
    }

    /// What writes down how far an owner is published.
    func mark(_ owner: OwnerID, _ mark: PublishedMark) -> StateOperation {
        .upsert(StateItem(JournalKeys(owner).published, json: mark.encoded))
    }
}
