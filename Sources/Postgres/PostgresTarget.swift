/// Which server and database to connect to, and as whom.
package struct PostgresTarget: Sendable, CustomStringConvertible {
    /// A connection string in either of libpq's forms: `host=… dbname=…` or `postgresql://…`, without what only Go's driver knows.
    ///
    /// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    package var connectionString: String
    /// Keywords of libpq that go before those of the string.
    package var overrides: [(keyword: String, value: String)]
    /// What the string holds for the pool of Go's driver, which is not there.
    package let driverWords: [(name: String, value: String)]
    /// The settings of the session that the string asks for in the way of Go's driver.
    private let settings: String?

    /// Creates a target, and looks whether the library can read the string.
    ///
    /// The words of Go's driver are taken out of it: those for its pool are ``driverWords``, settings such as `search_path=x` become a part
    /// of `options`.
    /// - Throws: ``PostgresError/badConnectionString(reason:)``.
    package init(
        _ connectionString: String,
        overrides: [(keyword: String, value: String)] = []
    ) throws(PostgresError) {
        guard !connectionString.utf8.contains(0), overrides.allSatisfy({ !$0.value.utf8.contains(0) }) else {
            throw .badConnectionString(reason: "it holds U+0000")
        }
        let string = ConnectionString(connectionString)
        self.connectionString = string.text
        self.overrides = overrides
        driverWords = string.driverWords
        settings = string.options(try ConnectionOptions.values(parsing: string.text)["options"])
    }

    /// The string is not told: it may hold a password.
    package var description: String { "PostgreSQL" }

    /// The keywords and values in the order that the library takes them; a later one goes before an earlier one.
    var keywords: [(keyword: String, value: String)] {
        [("fallback_application_name", "dev-sidecar"), ("dbname", connectionString)]
            + (settings.map { [(keyword: "options", value: $0)] } ?? []) + overrides + [("client_encoding", "UTF8")]
    }
}
