/// The five characters with which PostgreSQL identifies an error.
///
/// https://www.postgresql.org/docs/15/errcodes-appendix.html
package struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The five characters.
    package let rawValue: String

    /// Creates a state from PostgreSQL's text.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The family: the first two characters.
    package struct Class: RawRepresentable, Hashable, Sendable {
        /// The two characters.
        package let rawValue: String

        /// Creates a class from its two characters.
        package init(rawValue: String) { self.rawValue = rawValue }

        /// The connection failed.
        ///
        /// The corresponding class is 08.
        package static let connectionException = Class(rawValue: "08")
        /// The user name or the password was refused.
        ///
        /// The corresponding class is 28.
        package static let invalidAuthorization = Class(rawValue: "28")
        /// The transaction was rolled back because of another one, and may be tried again.
        ///
        /// The corresponding class is 40.
        package static let transactionRollback = Class(rawValue: "40")
        /// The server is stopped, is starting, or was told to cancel.
        ///
        /// The corresponding class is 57.
        package static let operatorIntervention = Class(rawValue: "57")
    }

    /// The family of this state.
    package var category: Class { Class(rawValue: String(rawValue.prefix(2))) }

    /// A division by zero (22012).
    package static let divisionByZero = SQLState(rawValue: "22012")
    /// The server accepts no changes, in this transaction or at all: it is a standby, or was made read-only (25006).
    package static let readOnlyTransaction = SQLState(rawValue: "25006")
    /// A prepared statement is missing: a pooler has switched to another server (26000).
    package static let unknownStatement = SQLState(rawValue: "26000")
    /// A row with this key already exists (23505).
    package static let uniqueViolation = SQLState(rawValue: "23505")
    /// Serializable transactions conflicted (40001).
    package static let serializationFailure = SQLState(rawValue: "40001")
    /// The server cannot tell whether the transaction took effect (40003).
    package static let statementCompletionUnknown = SQLState(rawValue: "40003")
    /// Two transactions waited for each other (40P01).
    package static let deadlockDetected = SQLState(rawValue: "40P01")
    /// A prepared statement of this name already exists: a pooler has switched to another server (42P05).
    package static let duplicateStatement = SQLState(rawValue: "42P05")
    /// The table already exists (42P07).
    package static let duplicateTable = SQLState(rawValue: "42P07")
    /// Another object, such as a table's type, already exists (42710).
    package static let duplicateObject = SQLState(rawValue: "42710")
    /// The statement took longer than `statement_timeout`, or was cancelled (57014).
    package static let queryCanceled = SQLState(rawValue: "57014")

    /// The server was told to end the connection (57P01).
    package static let adminShutdown = SQLState(rawValue: "57P01")
    /// Another process of the server has crashed (57P02).
    package static let crashShutdown = SQLState(rawValue: "57P02")
    /// The server accepts no connections, because it is starting, stopping or recovering (57P03).
    package static let cannotConnectNow = SQLState(rawValue: "57P03")

    /// Whether the connection leads to another server than at first, and nothing was done: a new connection may help.
    package var isOfAnotherServer: Bool {
        [.readOnlyTransaction, .unknownStatement, .duplicateStatement].contains(self)
    }

    /// Whether this error ends the connection, so that the last statements may have taken effect.
    package var endsConnection: Bool {
        category == .connectionException || [.adminShutdown, .crashShutdown, .cannotConnectNow].contains(self)
    }

    /// Whether a class covers a state, so that `case .transactionRollback` matches its members.
    package static func ~= (pattern: Class, state: SQLState) -> Bool { pattern == state.category }

    package var description: String { rawValue }
}
