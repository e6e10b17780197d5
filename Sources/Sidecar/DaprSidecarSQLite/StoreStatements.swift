internal import DaprSidecar
import DaprText
internal import SQLite

/// The statements of a state table, compiled once for one connection and stepped directly.
///
/// Times are bound as text (`YYYY-MM-DD HH:MM:SS`), which sorts chronologically.
struct StoreStatements {
    private let get: SQLiteStatement
    private let put: SQLiteStatement
    private let putFirst: SQLiteStatement
    private let putMatching: SQLiteStatement
    private let remove: SQLiteStatement
    private let removeMatching: SQLiteStatement
    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection, table: String) throws(SQLiteError) {
        self.connection = connection
        let isVisible = "(expiration_time IS NULL OR expiration_time > ?2)"
        get = try connection.prepare(
            "SELECT value, is_binary, etag, expiration_time FROM \(table) WHERE key = ?1 AND \(isVisible)"
        )
        let columns = "(key, update_time, value, is_binary, etag, expiration_time)"
        // daprd uses OR REPLACE, which would move the row to the end of the table and write three pages instead of one.
        let write = """
            INSERT INTO \(table) \(columns) VALUES (?1, ?2, ?3, 0, ?4, ?5)
            ON CONFLICT (key) DO UPDATE SET update_time = excluded.update_time, value = excluded.value,
              is_binary = excluded.is_binary, etag = excluded.etag, expiration_time = excluded.expiration_time
            """
        put = try connection.prepare(write)
        putFirst = try connection.prepare(
            "\(write) WHERE \(table).expiration_time IS NOT NULL AND \(table).expiration_time <= ?2"
        )
        putMatching = try connection.prepare(
            """
            UPDATE \(table) SET update_time = ?2, value = ?3, is_binary = 0, etag = ?4, expiration_time = ?5
            WHERE key = ?1 AND etag = ?6 AND \(isVisible)
            """
        )
        remove = try connection.prepare("DELETE FROM \(table) WHERE key = ?1")
        removeMatching = try connection.prepare("DELETE FROM \(table) WHERE key = ?1 AND etag = ?3 AND \(isVisible)")
    }

    /// The value of a key; `nil` when it is missing or has expired.
    func value(of key: String, at now: WallTime) throws(StoreFailure) -> StoredValue? {
        do throws(SQLiteError) {
            try get.bind(key, at: 1)
            try get.bind(now.sql, at: 2)
            guard try get.step() else { return nil }
        } catch {
            throw .database(error)
        }
        defer { get.reset() }
        var value = get.bytes(at: 0)
        if get.integer(at: 1) != 0 {
            // Writers over gRPC store bytes as base64.
            guard let decoded = Base64.go.decoded(value.span) else {
                throw .refused(.unavailable("a binary value is no base64", outcomeUnknown: false))
            }
            value = decoded
        }
        return StoredValue(
            value: value,
            etag: get.text(at: 2) ?? "",
            expires: get.text(at: 3).flatMap { WallTime(sql: $0) }
        )
    }

    /// Applies one operation; refuses it when the ETag does not match.
    func apply(_ operation: StoreOperation, etag: String, at now: WallTime) throws(StoreFailure) {
        switch operation {
        case .set(let set):
            let expires: WallTime?
            do throws(StoreError) { expires = try set.expiration(at: now) } catch { throw .refused(error) }
            let hasChanged: Bool
            do throws(SQLiteError) {
                let statement = set.etag != nil ? putMatching : set.isFirstWrite ? putFirst : put
                try statement.bind(set.key, at: 1)
                try statement.bind(now.sql, at: 2)
                try statement.bind(text: set.value, at: 3)
                try statement.bind(etag, at: 4)
                if let expires { try statement.bind(expires.sql, at: 5) } else { try statement.bindNull(at: 5) }
                if let expected = set.etag { try statement.bind(expected, at: 6) }
                try statement.run()
                hasChanged = connection.changes > 0
            } catch {
                throw .database(error)
            }
            if !hasChanged { throw .refused(.etagMismatch(detail: nil)) }
        case .delete(let delete):
            let hasChanged: Bool
            do throws(SQLiteError) {
                let statement = delete.etag != nil ? removeMatching : remove
                try statement.bind(delete.key, at: 1)
                if let expected = delete.etag {
                    try statement.bind(now.sql, at: 2)
                    try statement.bind(expected, at: 3)
                }
                try statement.run()
                hasChanged = connection.changes > 0
            } catch {
                throw .database(error)
            }
            if delete.etag != nil && !hasChanged { throw .refused(.etagMismatch(detail: nil)) }
        }
    }
}

/// Why a request was not carried out.
enum StoreFailure: Error {
    /// The operation was refused; the transaction can go on without it.
    case refused(StoreError)
    /// SQLite failed; the state of the transaction is unknown.
    case database(SQLiteError)

    /// The error as callers of the store see it.
    func storeError(outcomeUnknown: Bool = false) -> StoreError {
        switch self {
        case .refused(let error): error
        case .database(let error): .unavailable(error.debugDescription, outcomeUnknown: outcomeUnknown)
        }
    }
}
