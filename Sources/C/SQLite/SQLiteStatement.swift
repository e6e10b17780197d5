internal import CSQLite

/// A compiled statement, kept and stepped directly; belongs to its connection's thread.
///
/// Parameters count from 1, columns from 0, as in SQLite.
@safe
package final class SQLiteStatement {
    private let raw: OpaquePointer
    private let connection: SQLiteConnection

    /// Takes over a compiled statement.
    @safe
    init(raw: OpaquePointer, connection: SQLiteConnection) {
        unsafe self.raw = raw
        self.connection = connection
    }

    deinit { unsafe sqlite3_finalize(raw) }

    /// Binds text.
    package func bind(_ text: String, at index: Int32) throws(SQLiteError) {
        var text = text
        let code = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe csqlite_bind_text(raw, index, $0.baseAddress, UInt64($0.count))
            }
        }
        try connection.check("sqlite3_bind_text64", code)
    }

    /// Binds bytes as text; they should be UTF-8.
    package func bind(text bytes: [UInt8], at index: Int32) throws(SQLiteError) {
        let code = unsafe bytes.withUnsafeBytes { bytes in
            unsafe csqlite_bind_text(
                raw,
                index,
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                UInt64(bytes.count)
            )
        }
        try connection.check("sqlite3_bind_text64", code)
    }

    /// Binds bytes as a blob.
    package func bind(blob bytes: [UInt8], at index: Int32) throws(SQLiteError) {
        let code = unsafe bytes.withUnsafeBytes {
            unsafe csqlite_bind_blob(raw, index, $0.baseAddress, UInt64($0.count))
        }
        try connection.check("sqlite3_bind_blob64", code)
    }

    /// Binds a whole number.
    package func bind(_ number: Int, at index: Int32) throws(SQLiteError) {
        try connection.check("sqlite3_bind_int64", unsafe sqlite3_bind_int64(raw, index, Int64(number)))
    }

    /// Binds NULL.
    package func bindNull(at index: Int32) throws(SQLiteError) {
        try connection.check("sqlite3_bind_null", unsafe sqlite3_bind_null(raw, index))
    }

    /// Goes to the next row; `false` when there is none, and the statement is then ready for its next use.
    ///
    /// After an error the statement is ready for its next use, too.
    package func step() throws(SQLiteError) -> Bool {
        let code = unsafe sqlite3_step(raw)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE {
            reset()
            return false
        }
        let failure = connection.failure("sqlite3_step", code)
        reset()
        throw failure
    }

    /// Runs a statement that gives no rows, or whose rows do not matter.
    package func run() throws(SQLiteError) {
        while try step() {}
    }

    /// Makes the statement ready for its next use and forgets what was bound; ends its read of the database.
    package func reset() {
        // The result repeats the last step's, which was already looked at.
        unsafe sqlite3_reset(raw)
        unsafe sqlite3_clear_bindings(raw)
    }

    /// Whether a column of the present row is NULL.
    package func isNull(at column: Int32) -> Bool { unsafe sqlite3_column_type(raw, column) == SQLITE_NULL }

    /// A column of the present row as text; `nil` for NULL.
    package func text(at column: Int32) -> String? {
        isNull(at: column) ? nil : String(decoding: bytes(at: column), as: UTF8.self)
    }

    /// A column of the present row as a whole number; 0 for what is none.
    package func integer(at column: Int32) -> Int { unsafe Int(sqlite3_column_int64(raw, column)) }

    /// A column of the present row as its bytes; empty for NULL.
    package func bytes(at column: Int32) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(raw, column) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(raw, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: max(count, 0)))
    }
}
