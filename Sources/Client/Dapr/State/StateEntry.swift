public import DaprJSON

/// A value read from a state store.
public struct StateEntry: Sendable, Hashable {
    /// The stored bytes as the sidecar sent them.
    ///
    /// What was saved over HTTP is JSON.
    /// Dapr decodes and encodes a value before it stores it: keys come back sorted, `1.0` as `1`, integers beyond 2^53 rounded.
    public var value: [UInt8]
    /// The version of the value, to make a write depend on it; `nil` when the store has no ETags.
    public var etag: ETag?
    /// When the value expires; `nil` when it does not, or when the store does not say (Redis).
    public var expires: DaprTimestamp?

    /// Makes an entry, for a transport or a test.
    ///
    /// - Parameters:
    ///   - value: the stored bytes.
    ///   - etag: the version of the value; `nil` for a store without ETags.
    ///   - expires: when the value expires; `nil` when it does not.
    public init(value: [UInt8], etag: ETag? = nil, expires: DaprTimestamp? = nil) {
        self.value = value
        self.etag = etag
        self.expires = expires
    }

    /// The value as a type of the caller's.
    ///
    /// - Parameter type: the type to make.
    /// - Returns: the value.
    /// - Throws: `JSONError` when the value is not JSON, `DecodingError` when it does not fit the type.
    public func decoded<T: Decodable>(_ type: T.Type) throws -> T {
        try JSONCoding.decode(type, from: value)
    }

    /// The value as JSON.
    ///
    /// - Throws: `JSONError` when the value is not JSON, as another program may have written.
    public func jsonValue() throws(JSONError) -> JSONValue {
        try JSONValue(parsing: value)
    }
}
