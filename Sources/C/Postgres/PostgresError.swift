/// Why PostgreSQL did not carry out a request.
///
/// Once connected, messages are the server's or the library's own; they may quote names and keys, never parameters or
/// passwords. Before that, both quote the connection string, so messages about connecting are in our own words.
package enum PostgresError: Error, Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The library cannot parse the connection string; no part of it is repeated.
    case badConnectionString(reason: String)
    /// No connection was made; nothing was sent.
    case notConnected(message: String)
    /// The server refused a statement, and rolled back its transaction.
    case refused(SQLState, message: String)
    /// The connection ended before the answer; statements that were sent may have taken effect.
    case connectionLost(message: String)
    /// No answer came in time and the connection was given up; statements that were sent may have taken effect.
    case timedOut(after: Duration)
    /// The library or the server did something that its protocol does not allow.
    case unexpected(operation: String)

    /// The state of a refusal; `nil` for other errors.
    package var state: SQLState? {
        if case .refused(let state, _) = self { state } else { nil }
    }

    package var description: String {
        switch self {
        case .badConnectionString(let reason): "the connection string cannot be used: \(reason)"
        case .notConnected: "PostgreSQL cannot be reached; see that it runs and takes this connection string"
        case .refused(let state, _): "PostgreSQL refused with SQLSTATE \(state)"
        case .connectionLost: "the connection to PostgreSQL ended before the answer"
        case .timedOut(let limit): "PostgreSQL did not answer within \(limit)"
        case .unexpected(let operation): "\(operation) did what its protocol does not allow; reconnect"
        }
    }

    package var debugDescription: String {
        switch self {
        case .notConnected(let message), .refused(_, let message), .connectionLost(let message):
            message.isEmpty ? description : "\(description): \(message)"
        case .badConnectionString, .timedOut, .unexpected: description
        }
    }
}
