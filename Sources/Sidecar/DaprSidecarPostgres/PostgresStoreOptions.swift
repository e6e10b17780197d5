package import DaprSidecar
import DaprText
package import Postgres

/// The metadata of a `state.postgresql` component (v2), parsed and checked.
///
/// `connectionString` (required unless parts are given): `host=… dbname=…` or `postgresql://…`, as libpq reads them,
/// with the words of Go's driver: `pool_max_conns` counts as `maxConns`, `default_query_exec_mode` as `queryExecMode`,
/// others have no effect. `host`, `hostaddr`, `port`, `database`, `user`, `password`, `sslRootCert`: override those of
/// the string. `timeout` (20s, at least 1s): the limit of one exchange with the server. `tablePrefix` (none),
/// `metadataTableName` (`dapr_metadata`): names, optionally with a schema. `cleanupInterval` (1h; zero and below for
/// never): how often expired rows are removed. `maxConns` (3): 1 uses one connection for reads and writes; there are
/// never more than 3. `connectionMaxIdleTime` (no limit). `queryExecMode` (`cache_statement`): any other keeps no
/// prepared statements.
package struct PostgresStoreOptions: Sendable {
    /// The server and the database.
    package var target: PostgresTarget
    /// The time limit of one exchange with the server.
    package var timeout: Duration = .seconds(20)
    /// The beginning of the names of tables and indexes, as the component gives it.
    package var tablePrefix: String
    /// The table of values.
    package var table: PostgresName
    /// The table of migrations and of the last cleanup.
    package var metadataTable: PostgresName
    /// How often expired rows are removed; `nil` for never.
    package var cleanupInterval: Duration? = .seconds(3600)
    /// The number of connections: one for reads and writes, or one for reads and the others for writes.
    package var connections = 3
    /// How long a connection may be idle before it is closed; `nil` for no limit.
    package var maxIdleTime: Duration?
    /// Whether statements stay prepared on their connection, which a pooler in between may not allow.
    package var preparesStatements = true

    /// Creates options with daprd's defaults.
    package init(target: PostgresTarget, tablePrefix: String = "") throws(PostgresNameError) {
        self.target = target
        self.tablePrefix = tablePrefix
        table = try PostgresName(tablePrefix + "state")
        metadataTable = try PostgresName("dapr_metadata")
    }

    /// Reads the options of a component.
    package init(_ component: ComponentDefinition) throws(ComponentError) {
        for name in ["useAzureAD", "useAWSIAM"] where try component.metadata.flag(name, of: component) {
            throw component.refusal(name, "logins of a cloud are not supported here; give user and password")
        }
        target = try Self.target(of: component)
        tablePrefix = component.metadata["tablePrefix"] ?? ""
        table = try component.name("tablePrefix", tablePrefix + "state")
        metadataTable = try component.name(
            "metadataTableName",
            component.metadata.text("metadataTableName") ?? "dapr_metadata"
        )
        if let timeout = try component.metadata.duration("timeout", of: component) {
            guard timeout >= .seconds(1) else { throw component.refusal("timeout", "must be at least 1s") }
            self.timeout = timeout
        }
        if let interval = try component.metadata.duration("cleanupInterval", of: component) {
            cleanupInterval = interval > .zero ? interval : nil
        }
        if let limit = try component.metadata.duration("connectionMaxIdleTime", of: component), limit > .zero {
            maxIdleTime = limit
        }
        if let text = component.metadata.text("maxConns") {
            guard let count = Int32(text), count >= 0 else {
                throw component.refusal("maxConns", "\"\(text)\" is no whole number from 0 up")
            }
            connections = count == 0 ? 3 : min(Int(count), 3)
        } else if let text = target.driverWord("pool_max_conns") {
            guard let count = Int32(text), count >= 1 else {
                throw component.refusal("connectionString", "pool_max_conns is no whole number from 1 up")
            }
            connections = min(Int(count), 3)
        }
        if let text = component.metadata.text("queryExecMode") {
            preparesStatements = try component.preparesStatements(text, "queryExecMode")
        } else if let text = target.driverWord("default_query_exec_mode") {
            preparesStatements = try component.preparesStatements(text, "connectionString")
        }
    }

    /// Parts of the connection string that have no effect here, in the words of the file.
    package var notes: [String] {
        let counting: Set = ["pool_max_conns", "default_query_exec_mode"]
        return target.driverWords.map(\.name).filter { !counting.contains($0) }
            .map { "metadata connectionString: \($0) is a word of Go's driver" }
    }

    private static let parts: [(name: String, keyword: String)] = [
        ("host", "host"), ("hostaddr", "hostaddr"), ("port", "port"), ("database", "dbname"),
        ("user", "user"), ("password", "password"), ("sslRootCert", "sslrootcert"),
    ]

    /// The names of all options.
    static let names =
        parts.map(\.name) + [
            "connectionString", "timeout", "tablePrefix", "metadataTableName", "cleanupInterval", "maxConns",
            "connectionMaxIdleTime", "queryExecMode", "useAzureAD", "useAWSIAM",
        ]

    private static func target(of component: ComponentDefinition) throws(ComponentError) -> PostgresTarget {
        let overrides = parts.compactMap { name, keyword in
            component.metadata.text(name).map { (keyword: keyword, value: $0) }
        }
        let text = component.metadata.text("connectionString")
        guard text != nil || overrides.contains(where: { $0.keyword == "host" || $0.keyword == "hostaddr" }) else {
            throw component.error(.missingMetadata(name: "connectionString"))
        }
        do throws(PostgresError) {
            return try PostgresTarget(text ?? "", overrides: overrides)
        } catch {
            throw component.refusal("connectionString", "\(error)")
        }
    }
}

extension PostgresTarget {
    /// A word of Go's driver; of two equal ones the last one counts.
    fileprivate func driverWord(_ name: String) -> String? {
        driverWords.last { $0.name.hasSameBytes(as: name) }?.value
    }
}

extension ComponentMetadata {
    /// The value with this name; `nil` when it is absent or empty.
    fileprivate func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

extension ComponentDefinition {
    fileprivate func refusal(_ name: String, _ reason: String) -> ComponentError {
        error(.badMetadata(name: name, reason: reason), at: metadata.item(name)?.place)
    }

    /// Whether a mode of Go's driver keeps prepared statements.
    fileprivate func preparesStatements(_ mode: String, _ option: String) throws(ComponentError) -> Bool {
        switch mode {
        case "cache_statement": true
        case "cache_describe", "describe_exec", "exec": false
        case "simple_protocol":
            throw refusal(option, "libpq has no such mode as simple_protocol; use exec")
        default:
            throw refusal(option, "the mode is one of cache_statement, cache_describe, describe_exec and exec")
        }
    }

    fileprivate func name(_ option: String, _ text: String) throws(ComponentError) -> PostgresName {
        do throws(PostgresNameError) {
            return try PostgresName(text)
        } catch {
            throw refusal(option, "\(error)")
        }
    }
}
