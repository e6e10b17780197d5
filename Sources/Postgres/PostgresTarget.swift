internal import CPostgres

/// Which server and database to connect to, and as whom.
package struct PostgresTarget: Sendable, CustomStringConvertible {
    /// A connection string in either of libpq's forms: `host=… dbname=…` or `postgresql://…`.
    ///
    /// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    package var connectionString: String
    /// Keywords of libpq that go before those of the string.
    package var overrides: [(keyword: String, value: String)]

    /// Creates a target, and looks whether the library can read the string.
    ///
    /// - Throws: ``PostgresError/badConnectionString(reason:)``.
    package init(
        _ connectionString: String,
        overrides: [(keyword: String, value: String)] = []
    ) throws(PostgresError) {
        guard !connectionString.utf8.contains(0), overrides.allSatisfy({ !$0.value.utf8.contains(0) }) else {
            throw .badConnectionString(reason: "it holds U+0000")
        }
        self.connectionString = connectionString
        self.overrides = overrides
        try check()
    }

    /// The string is not told: it may hold a password.
    package var description: String { "PostgreSQL" }

    /// The keywords and values in the order that the library takes them; a later one goes before an earlier one.
    var keywords: [(keyword: String, value: String)] {
        [("fallback_application_name", "dev-sidecar"), ("dbname", connectionString)] + overrides
            + [("client_encoding", "UTF8")]
    }

    private func check() throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(connectionString, &message)
        defer { unsafe PQfreemem(message) }
        if let options = unsafe options {
            unsafe PQconninfoFree(options)
            return
        }
        let text = PostgresText.trimmed(message)
        throw .badConnectionString(reason: Self.reason(text))
    }

    /// What is wrong, without the library's words: they quote what may be a part of a password.
    private static func reason(_ message: String) -> String {
        guard message.hasPrefix("invalid ") && message.contains(" option ") || message.contains("query parameter")
        else {
            return "write it as \"host=… port=… user=… password=… dbname=…\" with values that hold spaces in '…',"
                + " or as postgresql://user:password@host:port/dbname with other signs percent-encoded"
        }
        let named = foreignOptions.first { message.contains("\"\($0)") } ?? "one"
        return "it has an option that libpq does not know (\(named)); leave out those of Go's driver,"
            + " and write settings of the session as options='-c search_path=…'"
    }

    /// Options that daprd's driver takes and libpq does not.
    private static let foreignOptions = [
        "pool_max_conns", "pool_min_conns", "pool_max_conn_lifetime", "pool_max_conn_idle_time",
        "pool_health_check_period", "default_query_exec_mode", "statement_cache_capacity",
        "description_cache_capacity", "search_path", "timezone",
    ]
}
