internal import CPostgres

/// The rows that a statement returned; rows and columns count from 0.
@safe
package final class PostgresResult {
    private let raw: OpaquePointer

    /// Takes ownership of a result of the library.
    @safe
    init(raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe PQclear(raw) }

    /// The number of rows.
    package var rowCount: Int { unsafe Int(PQntuples(raw)) }

    /// The number of columns.
    package var columnCount: Int { unsafe Int(PQnfields(raw)) }

    /// The number of rows that an INSERT, UPDATE, DELETE or SELECT affected.
    package var affectedRows: Int {
        guard let text = unsafe PQcmdTuples(raw) else { return 0 }
        return Int(unsafe String(cString: text)) ?? 0
    }

    /// The bytes of a field in the requested form; `nil` for NULL and for a position outside the result.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        guard row >= 0, row < rowCount, column >= 0, column < columnCount else { return nil }
        let (row, column) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        guard unsafe PQgetisnull(raw, row, column) == 0, let start = unsafe PQgetvalue(raw, row, column) else {
            return nil
        }
        let count = unsafe Int(PQgetlength(raw, row, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: max(count, 0)))
    }

    /// A field of a text type.
    package func text(_ row: Int, _ column: Int) -> String? {
        bytes(row, column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A `uuid` in binary form.
    package func uuid(_ row: Int, _ column: Int) -> PostgresUUID? {
        bytes(row, column).flatMap { PostgresUUID(bytes: $0) }
    }

    /// A `bigint` or `timestamptz` (microseconds since 2000-01-01T00:00:00Z) in binary form.
    package func integer(_ row: Int, _ column: Int) -> Int64? {
        guard let bytes = bytes(row, column), bytes.count == 8 else { return nil }
        return Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The library's status of the result.
    var status: ExecStatusType { unsafe PQresultStatus(raw) }

    /// The refusal in this result; `nil` when there is none.
    var refusal: PostgresError? {
        switch status {
        case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR, PGRES_BAD_RESPONSE:
            // The library's own errors, such as a lost connection, have no state.
            guard let state = unsafe PQresultErrorField(raw, Int32(UInt8(ascii: "C"))) else {
                return .connectionLost(message: unsafe PostgresText.trimmed(PQresultErrorMessage(raw)))
            }
            let message = unsafe PQresultErrorField(raw, Int32(UInt8(ascii: "M")))
            return unsafe .refused(
                SQLState(rawValue: String(cString: state)),
                message: PostgresText.trimmed(message)
            )
        default: return nil
        }
    }
}

/// Converts texts of the library.
enum PostgresText {
    /// A message as one line, without white space at its end.
    @safe
    static func trimmed(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "" }
        var message = unsafe String(cString: text)
        while let last = message.last, last.isWhitespace { message.removeLast() }
        return message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The same for text that C declares mutable.
    @safe
    static func trimmed(_ text: UnsafeMutablePointer<CChar>?) -> String {
        unsafe trimmed(text.map { unsafe UnsafePointer($0) })
    }
}
