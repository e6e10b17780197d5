import DaprSidecar
import DaprSidecarPostgres
import Postgres
import Testing

@Suite struct PostgresStoreOptionsTests {
    @Test func `every option is read, names without regard to case`() throws {
        let options = try PostgresStoreOptions(
            component([
                "ConnectionString": "host=h dbname=d", "TIMEOUT": "5", "tablePrefix": "Sales.P_",
                "metadataTableName": "meta", "cleanupInterval": "90s", "maxConns": "1", "connectionMaxIdleTime": "1m",
                "queryExecMode": "exec", "keyPrefix": "none", "user": "u", "useAWSIAM": "false",
            ])
        )
        #expect(options.target.connectionString == "host=h dbname=d")
        #expect(options.target.overrides.map { "\($0.keyword)=\($0.value)" } == ["user=u"])
        #expect(options.timeout == .seconds(5))
        #expect(options.tablePrefix == "Sales.P_")
        #expect(options.table.quoted == "\"sales\".\"p_state\"")
        #expect(options.metadataTable.quoted == "\"meta\"")
        #expect(options.cleanupInterval == .seconds(90))
        #expect(options.connections == 1)
        #expect(options.maxIdleTime == .seconds(60))
        #expect(!options.preparesStatements)
    }

    @Test func `what is not given has daprd's defaults`() throws {
        let options = try PostgresStoreOptions(component(["connectionString": "postgresql://u@h/d"]))
        #expect(options.timeout == .seconds(20))
        #expect(options.table.quoted == "\"state\"")
        #expect(options.metadataTable.quoted == "\"dapr_metadata\"")
        #expect(options.cleanupInterval == .seconds(3600))
        #expect(options.connections == 3 && options.preparesStatements && options.maxIdleTime == nil)
    }

    @Test func `parts without a string will do`() throws {
        let options = try PostgresStoreOptions(
            component([
                "host": "h", "port": "5433", "database": "d", "user": "u", "password": "p w", "sslRootCert": "ca.pem",
            ])
        )
        #expect(options.target.connectionString.isEmpty)
        #expect(
            options.target.overrides.map { "\($0.keyword)=\($0.value)" } == [
                "host=h", "port=5433", "dbname=d", "user=u", "password=p w", "sslrootcert=ca.pem",
            ]
        )
    }

    @Test(arguments: ["0", "-1s", "0s"])
    func `an interval from 0 down means never`(text: String) throws {
        let options = try PostgresStoreOptions(component(["connectionString": "host=h", "cleanupInterval": text]))
        #expect(options.cleanupInterval == nil)
    }

    @Test(arguments: [
        ([:], "connectionString"), (["connectionString": ""], "connectionString"), (["user": "u"], "connectionString"),
        (["connectionString": "host"], "connectionString"),
        (["connectionString": "host=h", "tablePrefix": "a b"], "tablePrefix"),
        (["connectionString": "host=h", "tablePrefix": "1a_"], "tablePrefix"),
        (["connectionString": "host=h", "tablePrefix": "a.b.c_"], "tablePrefix"),
        (["connectionString": "host=h", "tablePrefix": "x\"; DROP TABLE y; --"], "tablePrefix"),
        (["connectionString": "host=h", "metadataTableName": "a-b"], "metadataTableName"),
        (["connectionString": "host=h", "timeout": "soon"], "timeout"),
        (["connectionString": "host=h", "timeout": "10ms"], "timeout"),
        (["connectionString": "host=h", "cleanupInterval": "x"], "cleanupInterval"),
        (["connectionString": "host=h", "maxConns": "many"], "maxConns"),
        (["connectionString": "host=h", "queryExecMode": "simple_protocol"], "queryExecMode"),
        (["connectionString": "host=h", "queryExecMode": "fast"], "queryExecMode"),
        (["connectionString": "host=h", "useAWSIAM": "true"], "useAWSIAM"),
        (["connectionString": "host=h", "tableName": "x"], "tableName"),
        (["connectionString": "host=h", "colour": "blue"], "colour"),
        (["connectionString": "host=h", "outboxPublishTopic": "x"], "outboxPublishTopic"),
    ])
    func `what cannot be taken is refused by name, file and line`(metadata: [String: String], name: String) async {
        let error = await #expect(throws: ComponentError.self) { try await start(component(metadata)) }
        let text = "\(String(describing: error))"
        #expect(error.map { "\($0)" }?.hasPrefix("store.yaml:1: \"store\": ") == true, "\(text)")
        #expect(error.map { "\($0)" }?.contains(name) == true, "\(text)")
    }

    @Test func `words of Go's driver count, or are named as without effect`() throws {
        let text = "host=h pool_max_conns=2 pool_max_conn_lifetime=1h default_query_exec_mode=exec pool_min_conns=1"
        let options = try PostgresStoreOptions(component(["connectionString": text]))
        #expect(options.connections == 2 && !options.preparesStatements)
        #expect(
            options.notes
                == ["pool_max_conn_lifetime", "pool_min_conns"].map {
                    "metadata connectionString: \($0) is a word of Go's driver"
                }
        )
        #expect(StateStoreType.postgresql.notes(component(["connectionString": text])) == options.notes)
        // The component's own options go before.
        let both = try PostgresStoreOptions(
            component(["connectionString": text, "maxConns": "1", "queryExecMode": "cache_statement"])
        )
        #expect(both.connections == 1 && both.preparesStatements)
        let many = try PostgresStoreOptions(component(["connectionString": "host=h pool_max_conns=100"]))
        #expect(many.connections == 3 && many.notes.isEmpty)
    }

    @Test(arguments: ["pool_max_conns=0", "pool_max_conns=hunter2", "default_query_exec_mode=hunter2", "hunter2=1"])
    func `a word of Go's driver that cannot be is refused without its value`(word: String) {
        let error = #expect(throws: ComponentError.self) {
            try PostgresStoreOptions(component(["connectionString": "host=h \(word)"]))
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("connectionString") && !text.contains("hunter2"), "\(text)")
    }

    @Test func `v1 is another store, and refused as a version that is not there`() {
        #expect(StateStoreType.postgresql.versions == ["v2"])
    }

    /// Starts a sidecar that has this component.
    private func start(_ component: ComponentDefinition) async throws(ComponentError) {
        var resources = LoadedResources()
        resources.components = [component]
        let configuration = RuntimeConfiguration(appID: "a")
        try await SidecarRuntime(configuration: configuration, resources: resources, stateStoreTypes: [.postgresql])
            .start()
    }

    private func component(_ metadata: [String: String]) -> ComponentDefinition {
        let place = ResourcePlace(file: "store.yaml", line: 1)
        let items = metadata.map { ComponentMetadata.Item(name: $0.key, source: .value($0.value), place: place) }
        return ComponentDefinition(
            name: "store",
            type: "state.postgresql",
            version: "v2",
            metadata: ComponentMetadata(items: items),
            place: place
        )
    }
}
