/// Which server and database to connect to, and as whom.
package struct PostgresTarget: Sendable, CustomStringConvertible {
    /// A connection string in either of libpq's forms, `host=… dbname=…` or `postgresql://…`, without the words of Go's
    /// driver.
    ///
    /// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    package var connectionString: String
    /// Keywords of libpq that override those of the string.
    package var overrides: [(keyword: String, value: String)]
    /// The string's words for the connection pool of Go's driver, which does not exist here.
    package let driverWords: [(name: String, value: String)]
    /// The session settings from the string, which has them in the way of Go's driver.
    private let settings: String?

    /// Creates a target, and checks that the library can parse the string.
    ///
    /// Words of Go's driver are removed from it: those for its pool become ``driverWords``, settings such as
    /// `search_path=x` become a part of `options`.
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

    /// The string is not shown, because it may contain a password.
    package var description: String { "PostgreSQL" }

    /// Keywords and values in the library's order; a later one overrides an earlier one.
    var keywords: [(keyword: String, value: String)] {
        [("fallback_application_name", "dev-sidecar"), ("dbname", connectionString)]
            + (settings.map { [(keyword: "options", value: $0)] } ?? []) + overrides + [("client_encoding", "UTF8")]
    }
}
