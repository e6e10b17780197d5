package import DaprText

/// One backend of the state building block.
///
/// Keys arrive with their prefix.
package protocol StateStore: Sendable {
    /// The store's abilities in the metadata document, such as `ETAG` and `TRANSACTIONAL`.
    var capabilities: [String] { get }

    /// The file that contains the store's values; `nil` when it has none of its own.
    var file: String? { get }

    /// The value of a key; `nil` when it is missing or has expired.
    func get(_ key: String) async throws(StoreError) -> StoredValue?

    /// The rows for several keys, in the order and number in which daprd's store of this type answers them.
    func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow]

    /// Applies operations in order: all of them, or none when one is refused.
    func apply(_ operations: [StoreOperation]) async throws(StoreError)

    /// Finishes requests in flight and closes files and connections.
    func close() async
}

extension StateStore {
    package var file: String? { nil }
}

/// A value as it is stored.
package struct StoredValue: Equatable, Sendable {
    /// The bytes that were saved.
    package var value: [UInt8]
    /// The store's ETag, opaque; a new one on every write.
    package var etag: String
    /// When the value stops being visible; `nil` for never.
    package var expires: WallTime?

    package init(value: [UInt8], etag: String, expires: WallTime? = nil) {
        self.value = value
        self.etag = etag
        self.expires = expires
    }
}

/// One row of a bulk read.
package enum BulkGetRow: Equatable, Sendable {
    /// The key has a value.
    case found(key: String, StoredValue)
    /// The key has no value.
    case missing(key: String)
    /// The nameless row that an SQL store adds for a repeated key.
    case nameless
    /// The key could not be read.
    case failed(key: String, String)

    /// The rows as daprd's SQL stores answer them: each found key once, then the missing ones, then a nameless row for
    /// each repetition of a found key.
    package static func sqlRows(of keys: [String], found: [ExactText: StoredValue]) -> [BulkGetRow] {
        var rows: [BulkGetRow] = []
        var missing: [BulkGetRow] = []
        var seen: Set<ExactText> = []
        for key in keys {
            if let value = found[ExactText(key)] {
                if seen.insert(ExactText(key)).inserted { rows.append(.found(key: key, value)) }
            } else {
                missing.append(.missing(key: key))
            }
        }
        rows += missing
        return rows + Array(repeating: .nameless, count: keys.count - rows.count)
    }
}

/// One change of a state store.
package enum StoreOperation: Equatable, Sendable {
    /// Writes a value.
    case set(StoreSet)
    /// Removes a key.
    case delete(StoreDelete)

    /// The key that the operation changes.
    package var key: String {
        switch self {
        case .set(let set): set.key
        case .delete(let delete): delete.key
        }
    }
}

/// The write of one value.
package struct StoreSet: Equatable, Sendable {
    /// The key, with its prefix.
    package var key: String
    /// The bytes to store.
    package var value: [UInt8]
    /// The ETag that the key must have; `nil` for any.
    package var etag: String?
    /// Whether a write without `etag` is refused when the key exists.
    package var isFirstWrite: Bool
    /// `ttlInSeconds` as given; `nil` when absent.
    ///
    /// The store decides what zero and negative numbers mean.
    package var ttlSeconds: Int?

    package init(key: String, value: [UInt8], etag: String? = nil, isFirstWrite: Bool = false, ttlSeconds: Int? = nil) {
        self.key = key
        self.value = value
        self.etag = etag
        self.isFirstWrite = isFirstWrite
        self.ttlSeconds = ttlSeconds
    }
}

extension StoreSet {
    /// When the value stops being visible by the rule of the SQL stores; `nil` for never.
    ///
    /// - Throws: ``StoreError/badTTL(_:)`` for a time to live below -1.
    package func expiration(at now: WallTime) throws(StoreError) -> WallTime? {
        guard let ttlSeconds, ttlSeconds != 0, ttlSeconds != -1 else { return nil }
        guard ttlSeconds > 0 else {
            throw .badTTL("error parsing TTL: incorrect value for metadata 'ttlInSeconds': \(ttlSeconds)")
        }
        return now.adding(seconds: ttlSeconds)
    }
}

/// The removal of one key.
package struct StoreDelete: Equatable, Sendable {
    /// The key, with its prefix.
    package var key: String
    /// The ETag that the key must have; `nil` for any.
    package var etag: String?
    /// Whether the caller asked for first-write; the store decides what it means without `etag`.
    package var isFirstWrite: Bool

    package init(key: String, etag: String? = nil, isFirstWrite: Bool = false) {
        self.key = key
        self.etag = etag
        self.isFirstWrite = isFirstWrite
    }
}

/// Why a state store refused an operation.
package enum StoreError: Error, Equatable, Sendable {
    /// The key has another ETag, or no value; the detail is the store's own and may be `nil`.
    case etagMismatch(detail: String?)
    /// The ETag cannot have come from this store (stores whose ETags are numbers).
    case etagInvalid(detail: String?)
    /// `first-write` on a key that exists, where the store does not call that a mismatch (PostgreSQL).
    case firstWriteExists
    /// `ttlInSeconds` is not a number, or one that the store does not accept.
    case badTTL(String)
    /// `options.concurrency` or `options.consistency` has an unknown value.
    case badOption(kind: String, value: String)
    /// Too many requests are waiting for this store.
    case overloaded(limit: Int)
    /// The store was closed.
    case closed
    /// The database refused or is unreachable; the effect of a write is unknown only if `outcomeUnknown`.
    case unavailable(String, outcomeUnknown: Bool)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .etagMismatch(let detail): Self.joined("possible etag mismatch. error from state store", detail)
        case .etagInvalid(let detail): Self.joined("invalid etag value", detail)
        case .firstWriteExists: "no item was updated"
        case .badTTL(let detail): detail
        case .badOption(let kind, let value): "unrecognized \(kind) model '\(value)'"
        case .overloaded(let limit): "\(limit) requests already wait for this store; try again later"
        case .closed: "the store is closed"
        case .unavailable(let detail, _): detail
        }
    }

    private static func joined(_ text: String, _ detail: String?) -> String {
        detail.map { "\(text): \($0)" } ?? text
    }
}
