internal import Dapr
internal import Tasks

/// Documents that several instances change, each change under the ETag of the document it was made from.
struct VersionedDocuments: Sendable {
    let dapr: DaprClient
    let store: StateStoreName
    /// Learns how calls end; `nil` only in programs that keep no books.
    let watch: StoreWatch?

    /// Reads the value of a key; `nil` proves that there is none.
    func read(_ key: StateKey) async throws(JournalFailure) -> StateEntry? {
        try await watched(by: watch) { () async throws(JournalFailure) in try await dapr.entry(store, key) }
    }

    /// Reads the values of several keys; a miss proves nothing.
    func read(_ keys: some Collection<StateKey>) async throws(JournalFailure) -> [StateKey: StateEntry] {
        try await watched(by: watch) { () async throws(JournalFailure) in try await dapr.entries(store, keys) }
    }

    /// Changes a document, and tries again when another writer was faster or the outcome is unknown.
    ///
    /// - Parameters:
    ///   - key: The document's key.
    ///   - ttl: How long the written document lives; `nil` for no limit.
    ///   - change: Returns the new bytes for the stored ones, or `nil` to leave them. It is called for each attempt, so
    ///     making the same change twice must do no harm.
    /// - Returns: The bytes that are stored then.
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

    /// Changes a document as above, together with other writes: all or nothing.
    ///
    /// - Parameters:
    ///   - key: The document's key.
    ///   - ttl: How long the written document lives; `nil` for no limit.
    ///   - failure: Converts a failure of the store.
    ///   - change: Returns the new bytes for the stored ones, and the other writes; `nil` leaves everything as it is.
    /// - Returns: The bytes that are stored then.
    /// - Throws: The result of `failure`, or the error of `change`.
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
        try await watched(by: watch) { () async throws(DaprError) in
            if others.isEmpty {
                try await dapr.saveState([item], in: store)
            } else {
                // The document comes first, so that concurrent writers wait for one another there and nowhere else.
                try await dapr.transactState([.upsert(item)] + others, in: store)
            }
        }
    }

    /// Writes and removes several, all or nothing, in the order of their keys; those with one key stay in their order.
    ///
    /// A sidecar carries the operations out in their order, and a database locks each row: transactions in different
    /// orders would wait for one another.
    func transact(_ operations: [StateOperation]) async throws(JournalFailure) {
        let ordered = operations.enumerated().sorted { one, other in
            if one.element.key.precedes(other.element.key) { return true }
            return !other.element.key.precedes(one.element.key) && one.offset < other.offset
        }.map(\.element)
        try await watched(by: watch) { () async throws(JournalFailure) in
            do throws(DaprError) {
                try await dapr.transactState(ordered, in: store)
            } catch {
                throw .store(error)
            }
        }
    }

    /// The operation that writes an owner's mark.
    func mark(_ owner: OwnerID, _ mark: PublishedMark) -> StateOperation {
        .upsert(StateItem(JournalKeys(owner).published, json: mark.encoded))
    }
}

extension StateKey {
    /// Whether this key comes first where transactions write several, so that databases do not deadlock.
    func precedes(_ other: StateKey) -> Bool { rawValue.utf8.lexicographicallyPrecedes(other.rawValue.utf8) }
}
