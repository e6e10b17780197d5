/// Why SQLite did not do what it was asked.
package enum SQLiteError: Error, Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// A call of the library failed. The message is SQLite's own and may quote SQL, never bound values.
    case failed(SQLiteResultCode, operation: String, message: String)
    /// A setting did not take: SQLite says another value than the one that was set.
    case settingRefused(pragma: String, wanted: String, found: String)
    /// A text that must become part of a statement is no plain identifier.
    case badIdentifier(String)

    /// The result code; `nil` for what is not a failed call.
    package var code: SQLiteResultCode? {
        if case .failed(let code, _, _) = self { code } else { nil }
    }

    package var description: String {
        switch self {
        case .failed(let code, let operation, _): "\(operation): \(code)"
        case .settingRefused(let pragma, let wanted, let found):
            "PRAGMA \(pragma) is \(found) although it was set to \(wanted); the file system may not allow it"
        case .badIdentifier(let name): "\"\(name)\" is no name for a table; use letters, digits and _"
        }
    }

    package var debugDescription: String {
        if case .failed(_, _, let message) = self { "\(description): \(message)" } else { description }
    }
}
