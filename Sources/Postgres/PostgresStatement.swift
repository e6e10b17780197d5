/// A statement that is run again and again.
package struct PostgresStatement: Hashable, Sendable {
    /// The form in which fields come back.
    package enum ResultFormat: Hashable, Sendable {
        /// The server's text.
        case text
        /// The types' binary form.
        case binary
    }

    /// The name under which the server keeps it prepared; `nil` for a statement that is sent whole each time.
    package let name: String?
    /// The text, with `$1` and so on.
    package let sql: String
    /// The form of its rows.
    package let results: ResultFormat

    /// Creates a statement.
    package init(name: String? = nil, sql: String, results: ResultFormat = .binary) {
        self.name = name
        self.sql = sql
        self.results = results
    }
}

/// One statement with its parameters.
package struct PostgresStep: Sendable {
    /// What is run.
    package let statement: PostgresStatement
    /// With what.
    package let parameters: PostgresParameters

    /// Creates a step.
    package init(_ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters()) {
        self.statement = statement
        self.parameters = parameters
    }
}
