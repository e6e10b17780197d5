/// One step of a state transaction.
///
/// On the wire: `{"operation":"upsert","request":{"key":"a","value":1}}` and `{"operation":"delete","request":{"key":"b"}}`.
/// See [State API: transactions](https://docs.dapr.io/reference/api/state_api/#state-transactions).
public enum StateOperation: Sendable, Hashable {
    /// Writes a value, new or not.
    case upsert(StateItem)
    /// Removes a key.
    case delete(StateDeletion)

    /// Removes a key; without an ETag also when it does not exist.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - etag: the version that the stored value must have, or `nil` to remove any; never empty.
    /// - Returns: the step.
    public static func delete(_ key: StateKey, etag: ETag? = nil) -> StateOperation {
        .delete(StateDeletion(key, etag: etag))
    }

    /// The key that the step writes or removes.
    public var key: StateKey {
        switch self {
        case .upsert(let item): item.key
        case .delete(let deletion): deletion.key
        }
    }
}

/// A key to remove from a state store in a transaction, with what the removal depends on.
public struct StateDeletion: Sendable, Hashable {
    /// The key; not empty and without `||`.
    public var key: StateKey
    /// The version the stored value must have, or `nil` to remove any; never empty.
    public var etag: ETag?
    /// What to do without an ETag; the in-memory store alone refuses ``StateConcurrency/firstWrite`` when the key exists.
    public var concurrency: StateConcurrency?
    /// Metadata for the store, such as `partitionKey`.
    public var metadata: [String: String]

    /// Makes a removal.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - etag: the version that the stored value must have, or `nil` to remove any; never empty.
    ///   - concurrency: what to do without an ETag; `nil` is the store's default.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    public init(
        _ key: StateKey,
        etag: ETag? = nil,
        concurrency: StateConcurrency? = nil,
        metadata: [String: String] = [:]
    ) {
        self.key = key
        self.etag = etag
        self.concurrency = concurrency
        self.metadata = metadata
    }
}
