import DaprSidecarPostgres
import Foundation
import Postgres
import TestSupport

/// The suite's server, asked directly.
struct Server {
    let connection: PostgresConnection

    init() throws { connection = try PrivatePostgres.current.connect() }

    init(connection: PostgresConnection) { self.connection = connection }

    /// The first field of the first row.
    func text(_ sql: String) throws -> String? {
        try connection.run(sql, results: .text, timeout: .seconds(10)).text(0, 0)
    }

    func run(_ sql: String) throws { try connection.run(sql, timeout: .seconds(10)) }
}

/// Options for tables of their own.
func freshOptions(_ prefix: String? = nil) throws -> PostgresStoreOptions {
    let fresh = "t" + UUID().uuidString.replacing("-", with: "").lowercased().prefix(12) + "_"
    return try PostgresStoreOptions(
        target: PostgresTarget(PrivatePostgres.current.connectionString),
        tablePrefix: prefix ?? String(fresh)
    )
}
