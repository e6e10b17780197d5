public import DaprJSON

/// One step of a transaction of an actor's state.
///
/// On the wire: `{"operation":"upsert","request":{"key":"n","value":5}}` and `{"operation":"delete","request":{"key":"n"}}`.
/// See [Actors API: actor state transactions](https://docs.dapr.io/reference/api/actors_api/#actor-state-transactions).
public enum ActorStateOperation: Sendable, Hashable {
    /// Writes a value, the bytes of exactly one JSON value, new or not.
    ///
    /// `ttl` is how long it lives, rounded up to whole seconds, or `nil` for no limit; it needs the sidecar's feature `ActorStateTTL`.
    case upsert(_ key: StateKey, json: [UInt8], ttl: Duration? = nil)
    /// Removes a key, also when it does not exist.
    case delete(_ key: StateKey)

    /// Writes a JSON value: `.upsert("n", value: 5)`.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - value: the value.
    ///   - ttl: how long it lives, rounded up to whole seconds, or `nil` for no limit.
    /// - Returns: the step.
    public static func upsert(_ key: StateKey, value: JSONValue, ttl: Duration? = nil) -> ActorStateOperation {
        .upsert(key, json: value.serialized(), ttl: ttl)
    }

    /// Writes a value that is encoded to JSON.
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - value: the value.
    ///   - ttl: how long it lives, rounded up to whole seconds, or `nil` for no limit.
    /// - Returns: the step.
    /// - Throws: `EncodingError` when the value cannot be JSON, such as a number that is not finite; what its own encoding throws.
    public static func upsert(
        _ key: StateKey,
        encoding value: some Encodable,
        ttl: Duration? = nil
    ) throws -> ActorStateOperation {
        .upsert(key, json: try JSONCoding.encode(value), ttl: ttl)
    }

    /// The key that the step writes or removes.
    public var key: StateKey {
        switch self {
        case .upsert(let key, _, _), .delete(let key): key
        }
    }
}
