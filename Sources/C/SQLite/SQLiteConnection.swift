internal import CSQLite

/// One connection to a database; used by one thread at a time.
///
/// Opened in SQLite's multi-thread mode, whose rule is: "SQLite can be safely used by multiple threads provided that no
/// single database connection nor any object derived from database connection … is used in two or more threads at the
/// same time" (https://www.sqlite.org/threadsafe.html). The type is not `Sendable`, which holds callers to it.
@safe
package final class SQLiteConnection {
    private let raw: OpaquePointer

    /// How a connection is opened.
    package struct Options: Sendable {
        /// How long a call waits for another connection's lock.
        package var busyTimeout: Duration = .seconds(2)
        /// Whether the journal is a write-ahead log, which lets readers and the writer work at once.
        package var usesWAL = true

        /// Creates the standard options.
        package init() {}
    }

    /// Opens a path, a `file:` URI or `:memory:`, and creates the file when it is missing, for its owner alone.
    ///
    /// `PRAGMA synchronous` is set to FULL and read back: a commit that returned is on the disk.
    /// - Throws: ``SQLiteError/settingRefused(pragma:wanted:found:)`` when the file system does not allow a setting.
    package init(opening location: String, options: Options = Options()) throws(SQLiteError) {
        SQLiteFile.make(for: location)
        var handle: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(location, &handle, flags, nil)
        guard let handle = unsafe handle else {
            throw .failed(SQLiteResultCode(rawValue: code), operation: "sqlite3_open_v2", message: "no memory")
        }
        guard code == SQLITE_OK else {
            // SQLite gives a handle also when opening fails: it holds the message and must be closed.
            let message = unsafe String(cString: sqlite3_errmsg(handle))
            unsafe sqlite3_close_v2(handle)
            throw .failed(SQLiteResultCode(rawValue: code), operation: "sqlite3_open_v2", message: message)
        }
        unsafe raw = handle
        let (seconds, attoseconds) = options.busyTimeout.components
        let milliseconds = Int32(
            clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue &+ attoseconds / 1_000_000_000_000_000
        )
        try check("sqlite3_busy_timeout", unsafe sqlite3_busy_timeout(raw, max(milliseconds, 0)))
        try set("journal_mode", to: options.usesWAL ? "wal" : "delete", unlessMemory: location)
        try set("synchronous", to: "2", unlessMemory: nil)
        // In KiB: pages that a transaction touches again need not be read back from the log.
        try set("cache_size", to: "-32768", unlessMemory: nil)
        // In pages: a page that is written again and again goes into the database once for all of them.
        if options.usesWAL { try execute("PRAGMA wal_autocheckpoint = 4000") }
    }

    deinit {
        // Statements keep their connection, so none is left here; close_v2 would otherwise defer the close to the last of them.
        unsafe sqlite3_close_v2(raw)
    }

    /// Runs statements that give no rows.
    package func execute(_ sql: String) throws(SQLiteError) {
        try check("sqlite3_exec", unsafe sqlite3_exec(raw, sql, nil, nil, nil))
    }

    /// Compiles one statement, to be kept and used many times.
    package func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(raw, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        try check("sqlite3_prepare_v3", code)
        guard let statement = unsafe statement else {
            throw .failed(.misuse, operation: "sqlite3_prepare_v3", message: "the text holds no statement")
        }
        return SQLiteStatement(raw: statement, connection: self)
    }

    /// The first column of a statement's first row as text; `nil` without a row or for NULL.
    package func text(of sql: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(at: 0) : nil
    }

    /// The rows that the last INSERT, UPDATE or DELETE changed.
    package var changes: Int { unsafe Int(sqlite3_changes64(raw)) }

    /// Whether a transaction is open.
    ///
    /// Some errors end one without being asked.
    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(raw) == 0 }

    /// Puts a name in quotes for use in a statement.
    package static func quoted(identifier name: String) throws(SQLiteError) -> String {
        let isPlain = name.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                || (0x61...0x7A).contains($0)
        }
        guard isPlain, let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 128 else {
            throw .badIdentifier(name)
        }
        return "\"\(name)\""
    }

    /// Sets a pragma and reads it back: what something else set later, or the file system refused, is not silent.
    private func set(_ pragma: String, to value: String, unlessMemory location: String?) throws(SQLiteError) {
        try execute("PRAGMA \(pragma) = \(value)")
        let found = try text(of: "PRAGMA \(pragma)") ?? ""
        if location != nil && found == "memory" { return }
        guard found == value else { throw .settingRefused(pragma: pragma, wanted: value, found: found) }
    }

    func check(_ operation: String, _ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw failure(operation, code) }
    }

    /// The error of the call before, with its text copied at once.
    func failure(_ operation: String, _ code: Int32) -> SQLiteError {
        let message = unsafe String(cString: sqlite3_errmsg(raw))
        return .failed(SQLiteResultCode(rawValue: code), operation: operation, message: message)
    }
}
