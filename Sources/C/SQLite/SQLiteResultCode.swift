internal import CSQLite

/// An extended result code of SQLite.
///
/// https://www.sqlite.org/rescode.html
package struct SQLiteResultCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The extended code.
    package let rawValue: Int32

    /// Creates a code from SQLite's number.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The code without its extension: `SQLITE_CONSTRAINT` for `SQLITE_CONSTRAINT_PRIMARYKEY`.
    package var primary: SQLiteResultCode { SQLiteResultCode(rawValue: rawValue & 0xFF) }

    /// Success.
    ///
    /// The corresponding C constant is `SQLITE_OK`.
    package static let ok = SQLiteResultCode(rawValue: 0)
    /// Another connection holds the lock.
    ///
    /// The corresponding C constant is `SQLITE_BUSY`.
    package static let busy = SQLiteResultCode(rawValue: 5)
    /// A table is locked within the connection or its shared cache.
    ///
    /// The corresponding C constant is `SQLITE_LOCKED`.
    package static let locked = SQLiteResultCode(rawValue: 6)
    /// The file cannot be written.
    ///
    /// The corresponding C constant is `SQLITE_READONLY`.
    package static let readOnly = SQLiteResultCode(rawValue: 8)
    /// The disk failed.
    ///
    /// The corresponding C constant is `SQLITE_IOERR`.
    package static let ioError = SQLiteResultCode(rawValue: 10)
    /// The file is damaged.
    ///
    /// The corresponding C constant is `SQLITE_CORRUPT`.
    package static let corrupt = SQLiteResultCode(rawValue: 11)
    /// The disk is full.
    ///
    /// The corresponding C constant is `SQLITE_FULL`.
    package static let full = SQLiteResultCode(rawValue: 13)
    /// The file cannot be opened.
    ///
    /// The corresponding C constant is `SQLITE_CANTOPEN`.
    package static let cannotOpen = SQLiteResultCode(rawValue: 14)
    /// The value is too long.
    ///
    /// The corresponding C constant is `SQLITE_TOOBIG`.
    package static let tooBig = SQLiteResultCode(rawValue: 18)
    /// A constraint is violated.
    ///
    /// The corresponding C constant is `SQLITE_CONSTRAINT`.
    package static let constraint = SQLiteResultCode(rawValue: 19)
    /// The API was misused.
    ///
    /// The corresponding C constant is `SQLITE_MISUSE`.
    package static let misuse = SQLiteResultCode(rawValue: 21)
    /// The file is no database.
    ///
    /// The corresponding C constant is `SQLITE_NOTADB`.
    package static let notADatabase = SQLiteResultCode(rawValue: 26)
    /// A step produced a row.
    ///
    /// The corresponding C constant is `SQLITE_ROW`.
    static let row = SQLiteResultCode(rawValue: 100)
    /// A statement is finished.
    ///
    /// The corresponding C constant is `SQLITE_DONE`.
    static let done = SQLiteResultCode(rawValue: 101)

    /// Whether a primary code covers an extended one, so that `catch .failed(.constraint, …)` style matches work with `~=`.
    package static func ~= (pattern: SQLiteResultCode, code: SQLiteResultCode) -> Bool {
        pattern == code || pattern == code.primary
    }

    package var description: String {
        "\(unsafe String(cString: sqlite3_errstr(rawValue))) (\(rawValue))"
    }
}
