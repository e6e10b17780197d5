/// What a command has too much of for one commit.
package enum CommandMeasure: Equatable, Sendable, CustomStringConvertible {
    /// The bytes of what it writes.
    case bytes(Int, limit: Int)
    /// The operations of the store's transaction.
    case storeOperations(Int, limit: Int)

    package var description: String {
        switch self {
        case .bytes(let count, let limit): "which has room for \(limit) bytes and would have \(count)"
        case .storeOperations(let count, let limit):
            "which in this store has at most \(limit) keys and would have \(count)"
        }
    }
}
