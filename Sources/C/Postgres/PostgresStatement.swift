/// A statement that can be run many times.
package struct PostgresStatement: Hashable, Sendable {
    /// The form of returned fields.
    package enum ResultFormat: Hashable, Sendable {
        /// The server's text.
        case text
        /// The types' binary form.
        case binary
    }

    /// The name of the prepared statement at the server; `nil` to send the whole text each time.
    package let name: String?
    /// The text, with `$1` and so on for parameters.
    package let sql: String
    /// The form of its rows.
    package let results: ResultFormat

    package init(name: String? = nil, sql: String, results: ResultFormat = .binary) {
        self.name = name
        self.sql = sql
        self.results = results
    }
}

/// One statement with its parameters.
package struct PostgresStep: Sendable {
    /// The statement to run.
    package let statement: PostgresStatement
    /// Its parameters.
    package let parameters: PostgresParameters

    package init(_ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters()) {
        self.statement = statement
        self.parameters = parameters
    }
}
