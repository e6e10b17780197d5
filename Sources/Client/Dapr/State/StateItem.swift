public import DaprJSON

/// A value to write to a state store, with what the write depends on.
///
/// On the wire, in a save and as `request` of an upsert:
///
/// ```json
/// {"key":"t1","value":{"a":1},"etag":"7","metadata":{"ttlInSeconds":"60"},
///  "options":{"concurrency":"first-write","consistency":"strong"}}
/// ```
///
/// See [State API: save](https://docs.dapr.io/reference/api/state_api/#save-state).
public struct StateItem: Sendable, Hashable {
    /// The key; not empty and without `||`.
    public var key: StateKey
    /// The value: the bytes of exactly one JSON value in UTF-8, put into the request as they are.
    public var json: [UInt8]
    /// The version the stored value must have, or `nil` for a write that does not depend on one; never empty.
    public var etag: ETag?
    /// What to do without an ETag when the key exists; `nil` is the store's default, ``StateConcurrency/lastWrite``.
    public var concurrency: StateConcurrency?
    /// How durable the write is when it is answered; `nil` is the store's default.
    public var consistency: StateConsistency?
    /// How long the value lives, at least one second, rounded up to whole seconds.
    ///
    /// `nil` sets no limit; on PostgreSQL and SQLite it also takes an earlier limit away, Redis keeps that one.
    /// See [State time to live](https://docs.dapr.io/developing-applications/building-blocks/state-management/state-store-ttl/).
    public var ttl: Duration?
    /// Metadata for the store, such as `partitionKey`.
    ///
    /// `ttlInSeconds` is written by ``ttl`` when that is set.
    public var metadata: [String: String]

    /// Makes an item of bytes that are JSON already.
    ///
    /// The bytes are not read again: bytes that are not exactly one JSON value make the whole request malformed or other than meant.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - json: the value, the bytes of exactly one JSON value in UTF-8; not empty.
    ///   - etag: the version the stored value must have, or `nil` for a write that does not depend on one; never empty.
    ///   - concurrency: what to do without an ETag when the key exists; `nil` is the store's default, ``StateConcurrency/lastWrite``.
    ///   - consistency: how durable the write is when it is answered; `nil` is the store's default.
    ///   - ttl: how long the value lives, rounded up to whole seconds; `nil` sets no limit.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    public init(
        _ key: StateKey,
        json: [UInt8],
        etag: ETag? = nil,
        concurrency: StateConcurrency? = nil,
        consistency: StateConsistency? = nil,
        ttl: Duration? = nil,
        metadata: [String: String] = [:]
    ) {
        self.key = key
        self.json = json
        self.etag = etag
        self.concurrency = concurrency
        self.consistency = consistency
        self.ttl = ttl
        self.metadata = metadata
    }

    /// Makes an item of a JSON value: `StateItem("t1", value: ["a": 1])`.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - value: the value.
    ///   - etag: the version the stored value must have, or `nil` for a write that does not depend on one; never empty.
    ///   - concurrency: what to do without an ETag when the key exists; `nil` is the store's default, ``StateConcurrency/lastWrite``.
    ///   - consistency: how durable the write is when it is answered; `nil` is the store's default.
    ///   - ttl: how long the value lives, rounded up to whole seconds; `nil` sets no limit.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    public init(
        _ key: StateKey,
        value: JSONValue,
        etag: ETag? = nil,
        concurrency: StateConcurrency? = nil,
        consistency: StateConsistency? = nil,
        ttl: Duration? = nil,
        metadata: [String: String] = [:]
    ) {
        self.init(
            key,
            json: value.serialized(),
            etag: etag,
            concurrency: concurrency,
            consistency: consistency,
            ttl: ttl,
            metadata: metadata
        )
    }

    /// Makes an item of a value that is encoded to JSON.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - value: the value.
    ///   - etag: the version the stored value must have, or `nil` for a write that does not depend on one; never empty.
    ///   - concurrency: what to do without an ETag when the key exists; `nil` is the store's default, ``StateConcurrency/lastWrite``.
    ///   - consistency: how durable the write is when it is answered; `nil` is the store's default.
    ///   - ttl: how long the value lives, rounded up to whole seconds; `nil` sets no limit.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    /// - Throws: `EncodingError` when the value cannot be JSON, such as a number that is not finite; what its own encoding throws.
    public init(
        _ key: StateKey,
        encoding value: some Encodable,
        etag: ETag? = nil,
        concurrency: StateConcurrency? = nil,
        consistency: StateConsistency? = nil,
        ttl: Duration? = nil,
        metadata: [String: String] = [:]
    ) throws {
        self.init(
            key,
            json: try JSONCoding.encode(value),
            etag: etag,
            concurrency: concurrency,
            consistency: consistency,
            ttl: ttl,
            metadata: metadata
        )
    }
}
