internal import DaprEventLoop
internal import SQLite

/// Why the tables of a database cannot be used.
enum SQLiteSchemaError: Error, Equatable, CustomStringConvertible {
    /// SQLite refused.
    case database(SQLiteError)
    /// The thread for the work cannot be started.
    case noThread(EventLoopError)
    /// A later Dapr has changed the tables.
    case newerSchema(found: Int, known: Int)
    /// The migrations are recorded as done, but for another table.
    case tableMissing(table: String, metadataTable: String)

    var description: String {
        switch self {
        case .database(let error): error.debugDescription
        case .noThread(let error): "\(error)"
        case .newerSchema(let found, let known):
            "the tables are of version \(found), and this sidecar knows \(known); use the Dapr that made them"
        case .tableMissing(let table, let metadataTable):
            "the table \(table) is missing although \(metadataTable) says it was made;"
                + " give each tableName a metadataTableName of its own"
        }
    }
}

extension SQLiteSchemaError {
    /// Runs calls of SQLite and converts their error.
    static func wrapping<Value>(_ body: () throws(SQLiteError) -> Value) throws(SQLiteSchemaError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw .database(error)
        }
    }
}

/// daprd's own tables, so that daprd and this sidecar can take turns on one file.
struct SQLiteSchema {
    /// The table of values, quoted.
    let table: String
    /// The table of migrations, quoted.
    let metadataTable: String

    /// The migration that creates the table of values.
    private static let version = 1

    /// Creates missing tables, in one transaction.
    func migrate(_ connection: SQLiteConnection) throws(SQLiteSchemaError) {
        try SQLiteSchemaError.wrapping { () throws(SQLiteError) in try connection.execute("BEGIN IMMEDIATE") }
        do throws(SQLiteSchemaError) {
            try makeTables(connection)
            try SQLiteSchemaError.wrapping { () throws(SQLiteError) in try connection.execute("COMMIT") }
        } catch {
            // The first error is the one to report; closing the connection also rolls back.
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    private func makeTables(_ connection: SQLiteConnection) throws(SQLiteSchemaError) {
        let found = try SQLiteSchemaError.wrapping { () throws(SQLiteError) in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS \(metadataTable) (key text NOT NULL PRIMARY KEY, value text NOT NULL)"
            )
            return try connection.text(of: "SELECT value FROM \(metadataTable) WHERE key = 'migrations'")
        }
        let level = found.flatMap { Int($0) } ?? 0
        guard level <= Self.version else { throw .newerSchema(found: level, known: Self.version) }
        if level < Self.version {
            try SQLiteSchemaError.wrapping { () throws(SQLiteError) in
                try connection.execute(
                    """
                    CREATE TABLE \(table) (
                      key TEXT NOT NULL PRIMARY KEY,
                      value TEXT NOT NULL,
                      is_binary BOOLEAN NOT NULL,
                      etag TEXT NOT NULL,
                      expiration_time TIMESTAMP DEFAULT NULL,
                      update_time TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
                    )
                    """
                )
                try connection.execute(
                    "INSERT OR REPLACE INTO \(metadataTable) (key, value) VALUES ('migrations', '\(Self.version)')"
                )
            }
        }
        let columns = try SQLiteSchemaError.wrapping { () throws(SQLiteError) in
            try connection.text(of: "SELECT count(*) FROM pragma_table_info('\(table.filter { $0 != "\"" })')")
        }
        if columns == "0" { throw .tableMissing(table: table, metadataTable: metadataTable) }
    }
}
