public import JSON

/// One step of a transaction of an actor's state.
///
/// On the wire: `{"operation":"upsert","request":{"key":"n","value":5}}` and `{"operation":"delete","request":{"key":"n"}}`.
/// See [Actors API: actor state transactions](https://docs.dapr.io/reference/api/actors_api/#actor-state-transactions).
public enum ActorStateOperation: Sendable, Hashable {
    /// Writes a value, the bytes of exactly one JSON value, new or not.
    ///
    /// `ttl` is how long it lives, rounded up to whole seconds, or `nil` for no limit; it needs the sidecar's feature `ActorStateTTL`.
    case upsert(key: StateKey, json: [UInt8], ttl: Duration?)
    /// Removes a key, also when it does not exist.
    case delete(key: StateKey)

    /// Writes a JSON value: `.upsert("n", 5)`.
    public static func upsert(_ key: StateKey, _ value: JSONValue, ttl: Duration? = nil) -> ActorStateOperation {
        .upsert(key: key, json: value.serialized(), ttl: ttl)
    }

    /// The key that the step writes or removes.
    public var key: StateKey {
        switch self {
        case .upsert(let key, _, _), .delete(let key): key
        }
    }
}
