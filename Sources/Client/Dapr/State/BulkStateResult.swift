/// What a bulk read found for one key.
public enum BulkStateResult: Sendable, Hashable {
    /// The key has a value.
    case found(StateEntry)
    /// The key has no value, or it has expired.
    case missing
    /// The store could not read this key; the words are the sidecar's.
    case failed(String)

    /// The value, or `nil` when there is none or it could not be read.
    public var entry: StateEntry? {
        if case .found(let entry) = self { entry } else { nil }
    }
}
