/// The name of a lock store component: `metadata.name` of its YAML.
public struct LockStoreName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What a lock guards, by a name that its holders agree on; not empty.
public struct LockResourceID: DaprIdentifier {
    /// The name as the app gives it, without the prefix that the sidecar adds.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Who holds a lock: a text of its own for each attempt, such as a UUID; not empty.
public struct LockOwner: DaprIdentifier {
    /// The text as the app gives it.
    public let rawValue: String

    /// Makes an owner of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What came of an unlock.
///
/// On the wire: `{"status":0}`. See [Distributed lock API](https://docs.dapr.io/reference/api/distributed_lock_api/).
public enum UnlockResult: Int, Sendable, Hashable, CaseIterable {
    /// The lock was held by this owner and is free now.
    case success = 0
    /// Nobody holds the lock: it was free, or it has expired.
    case lockDoesNotExist = 1
    /// Another owner holds the lock, and keeps it.
    case lockBelongsToOthers = 2
    /// The store failed; the lock may be held still, until it expires.
    case internalError = 3
}
