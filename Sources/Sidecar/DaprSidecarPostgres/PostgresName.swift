import DaprText

/// The name of a table, with or without a schema; daprd writes it into its statements without quotes.
///
/// PostgreSQL therefore folds it to lower case.
package struct PostgresName: Hashable, Sendable {
    /// The schema; `nil` for the first one in the search path.
    package let schema: String?
    /// The table.
    package let table: String

    /// Parses `table` or `schema.table`.
    ///
    /// - Throws: ``PostgresNameError`` unless each name has at most 63 letters, digits and `_`, and does not begin with
    ///   a digit.
    package init(_ text: String) throws(PostgresNameError) {
        let parts = text.splitBytes(separator: ".", omittingEmptySubsequences: false).map { $0.lowercased() }
        guard (1...2).contains(parts.count), parts.allSatisfy(Self.isPlain), let last = parts.last else {
            throw PostgresNameError(text: text)
        }
        table = last
        schema = parts.count == 2 ? parts.first : nil
    }

    /// The quoted name for use in a statement.
    package var quoted: String { (schema.map { "\"\($0)\"." } ?? "") + "\"\(table)\"" }

    /// The quoted name of an object that belongs to the table and is in its schema, such as an index.
    func quoted(appending suffix: String) -> String { "\"\(table)\(suffix)\"" }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 63, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
        }
    }
}

/// A text that would become part of a statement is not a plain name.
package struct PostgresNameError: Error, Equatable, CustomStringConvertible {
    let text: String

    package var description: String {
        "\"\(text)\" is no name for a table; use letters, digits and _, the first no digit, at most 63,"
            + " with at most one schema and a dot before it"
    }
}
