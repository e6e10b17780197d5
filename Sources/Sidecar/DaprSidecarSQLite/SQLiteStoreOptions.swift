package import DaprSidecar
import DaprText
package import SQLite

/// The metadata of a `state.sqlite` component, parsed and checked.
///
/// `connectionString` (or `url`; required): a path, a `file:` URI or `:memory:`. `timeout` (20s) and `busyTimeout` (2s):
/// durations. `disableWAL` (false). `tableName` (`state`), `metadataTableName` (`metadata`): identifiers.
/// `cleanupInterval` (never): how often expired rows are removed.
package struct SQLiteStoreOptions: Sendable {
    /// The path or URI to open.
    package var location: String
    /// The options of the connection.
    package var connection = SQLiteConnection.Options()
    /// The table of values, quoted.
    package var table = "\"state\""
    /// The table of migrations and of the last cleanup, quoted.
    package var metadataTable = "\"metadata\""
    /// How often expired rows are removed; `nil` for never.
    package var cleanupInterval: Duration?

    /// Whether every connection would open a database of its own.
    package var isInMemory: Bool {
        location == ":memory:" || location.isEmpty || location.contains("mode=memory")
            || location.hasBytePrefix("file::memory:")
    }

    /// The path of the database's file.
    var file: String {
        guard location.hasBytePrefix("file:") else { return location }
        // A URI may begin with an authority, which is empty or localhost.
        let path = location.droppingBytes("file:".utf8.count).prefix(beforeByte: "?")
        guard path.hasBytePrefix("//") else { return String(path) }
        return String(Substring(path.utf8.dropFirst(2).drop { $0 != UInt8(ascii: "/") }))
    }

    /// Creates options with daprd's defaults.
    package init(location: String) { self.location = location }

    /// Reads the options of a component.
    package init(_ component: ComponentDefinition) throws(ComponentError) {
        let name = component.metadata["connectionString"] != nil ? "connectionString" : "url"
        guard let text = component.metadata[name], !text.isEmpty else {
            throw component.error(.missingMetadata(name: "connectionString"))
        }
        location = try Self.location(text, name, component)
        // Nothing here waits for a network: the busy timeout bounds a request, so only the form of this option is
        // checked.
        _ = try component.metadata.duration("timeout", of: component)
        if let timeout = try component.metadata.duration("busyTimeout", of: component) {
            connection.busyTimeout = timeout
        }
        connection.usesWAL = try !component.metadata.flag("disableWAL", of: component)
        if let interval = try component.metadata.duration("cleanupInterval", of: component), interval > .zero {
            cleanupInterval = interval
        }
        if let found = try Self.identifier("tableName", component) { table = found }
        if let found = try Self.identifier("metadataTableName", component) { metadataTable = found }
    }

    /// The names of all options.
    static let names = [
        "connectionString", "url", "timeout", "busyTimeout", "disableWAL", "tableName", "metadataTableName",
        "cleanupInterval",
    ]

    private static func identifier(_ name: String, _ component: ComponentDefinition) throws(ComponentError) -> String? {
        guard let value = component.metadata[name], !value.isEmpty else { return nil }
        do throws(SQLiteError) {
            return try SQLiteConnection.quoted(identifier: value)
        } catch {
            throw component.error(
                .badMetadata(name: name, reason: "\(error)"),
                at: component.metadata.item(name)?.place
            )
        }
    }

    /// The location; a path with parameters becomes a URI, as in daprd.
    ///
    /// Parameters that only Go's driver knows are refused.
    private static func location(
        _ text: String,
        _ name: String,
        _ component: ComponentDefinition
    ) throws(ComponentError) -> String {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return text }
        var kept: [Substring] = []
        for parameter in text[text.utf8.index(after: mark)...].splitBytes(separator: "&") {
            // Every write transaction is immediate here anyway.
            if parameter.utf8.starts(with: "_txlock=".utf8) { continue }
            if parameter.utf8.first == UInt8(ascii: "_") {
                // The value is not shown, because some drivers take a password this way.
                let parameter = Substring(parameter.utf8.prefix { $0 != UInt8(ascii: "=") })
                throw component.error(
                    .badMetadata(
                        name: name,
                        reason: "the parameter \(parameter) is not taken; use busyTimeout and disableWAL"
                    ),
                    at: component.metadata.item(name)?.place
                )
            }
            kept.append(parameter)
        }
        let path = text[..<mark]
        if kept.isEmpty { return String(path) }
        return (path.hasBytePrefix("file:") ? "" : "file:") + path + "?" + kept.joined(separator: "&")
    }
}
