import DaprSidecar
import DaprSidecarSQLite
import Foundation
import SQLite
import TestSupport
import Testing

@Suite struct SQLiteStateStoreTests {
    @Test(arguments: StateStoreContract.allCases)
    func `a file keeps the contract`(clause: StateStoreContract) async throws {
        let clock = TestWallClock()
        try await withTemporaryDatabase { path in
            let store = try await SQLiteStateStore.open(
                SQLiteStoreOptions(location: path),
                surroundings: clock.surroundings
            )
            try await clause.check(store, clock: clock)
            await store.close()
        }
    }

    @Test(arguments: StateStoreContract.allCases)
    func `a database in memory keeps the contract`(clause: StateStoreContract) async throws {
        let clock = TestWallClock()
        let store = try await SQLiteStateStore.open(
            SQLiteStoreOptions(location: ":memory:"),
            surroundings: clock.surroundings
        )
        try await clause.check(store, clock: clock)
        await store.close()
    }

    @Test func `a value is there after closing and opening again`() async throws {
        try await withTemporaryDatabase { path in
            var store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            try await store.apply([.set(StoreSet(key: "app||k", value: Array("{\"a\":1}".utf8)))])
            let etag = try await store.get("app||k")?.etag
            await store.close()
            store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            #expect(try await store.get("app||k") == StoredValue(value: Array("{\"a\":1}".utf8), etag: etag ?? ""))
            await store.close()
        }
    }

    @Test func `the tables and rows are those of daprd`() async throws {
        let clock = TestWallClock(WallTime(seconds: 1_700_000_000))
        try await withTemporaryDatabase { path in
            let store = try await SQLiteStateStore.open(
                SQLiteStoreOptions(location: path),
                surroundings: clock.surroundings
            )
            try await store.apply([.set(StoreSet(key: "app||k", value: Array("\"v\"".utf8), ttlSeconds: 60))])
            await store.close()
            let connection = try SQLiteConnection(opening: path)
            #expect(try connection.text(of: "SELECT value FROM metadata WHERE key = 'migrations'") == "1")
            #expect(
                try connection.text(
                    of:
                        "SELECT group_concat(name || ' ' || type || ' ' || [notnull] || ' ' || pk, ',') FROM pragma_table_info('state')"
                )
                    == "key TEXT 1 1,value TEXT 1 0,is_binary BOOLEAN 1 0,etag TEXT 1 0,expiration_time TIMESTAMP 0 0,update_time TIMESTAMP 1 0"
            )
            #expect(
                try connection.text(
                    of:
                        "SELECT key || '|' || value || '|' || typeof(value) || '|' || is_binary || '|' || expiration_time || '|' || update_time FROM state"
                )
                    == "app||k|\"v\"|text|0|2023-11-14 22:14:20|2023-11-14 22:13:20"
            )
        }
    }

    @Test func `rows of other writers are read: base64, any ETag, no expiry`() async throws {
        try await withTemporaryDatabase { path in
            var store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            await store.close()
            let connection = try SQLiteConnection(opening: path)
            try connection.execute(
                "INSERT INTO state (key, value, is_binary, etag) VALUES ('a', 'AAH/', 1, 'any text'), ('b', '5', 0, 'x')"
            )
            try connection.execute("INSERT INTO state (key, value, is_binary, etag) VALUES ('c', '***', 1, 'x')")
            store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            #expect(try await store.get("a") == StoredValue(value: [0, 1, 255], etag: "any text"))
            try await store.apply([.set(StoreSet(key: "b", value: [0x36], etag: "x"))])
            #expect(try await store.get("b")?.value == [0x36])
            await #expect(throws: StoreError.unavailable("a binary value is no base64", outcomeUnknown: false)) {
                try await store.get("c")
            }
            await store.close()
        }
    }

    @Test func `a key that is asked for twice is answered once, with a nameless row`() async throws {
        let store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: ":memory:"))
        try await store.apply([.set(StoreSet(key: "b0", value: [0x31]))])
        let rows = try await store.bulkGet(["b0", "nope", "b0"])
        #expect(rows.count == 3)
        #expect(rows.dropFirst() == [.missing(key: "nope"), .nameless])
        await store.close()
    }

    @Test(arguments: [-2, -100])
    func `a time to live below -1 is refused`(ttl: Int) async throws {
        let store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: ":memory:"))
        await #expect(
            throws: StoreError.badTTL("error parsing TTL: incorrect value for metadata 'ttlInSeconds': \(ttl)")
        ) {
            try await store.apply([.set(StoreSet(key: "k", value: [0x31], ttlSeconds: ttl))])
        }
        #expect(try await store.get("k") == nil)
        await store.close()
    }

    @Test func `many writers at once: each is whole, none takes another with it`() async throws {
        try await withTemporaryDatabase { path in
            let store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            try await store.apply([.set(StoreSet(key: "taken", value: [0x30]))])
            let refused = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<400 {
                    group.addTask {
                        // Every fourth is refused at its last operation and must leave nothing of its first.
                        let last = number % 4 == 0 ? "taken" : "b\(number)"
                        do throws(StoreError) {
                            try await store.apply([
                                .set(StoreSet(key: "a\(number)", value: [0x31])),
                                .set(StoreSet(key: last, value: [0x32], isFirstWrite: true)),
                            ])
                            return false
                        } catch {
                            return error == .etagMismatch(detail: nil)
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refused == 100)
            await store.close()
            let connection = try SQLiteConnection(opening: path)
            #expect(try connection.text(of: "SELECT count(*) FROM state WHERE key LIKE 'a%'") == "300")
            #expect(try connection.text(of: "SELECT count(*) FROM state WHERE key LIKE 'b%'") == "300")
            #expect(try connection.text(of: "SELECT value FROM state WHERE key = 'taken'") == "0")
        }
    }

    @Test func `expired rows are removed once an interval, and the time is noted`() async throws {
        let clock = TestWallClock(WallTime(seconds: 1_700_000_000))
        try await withTemporaryDatabase { path in
            var options = SQLiteStoreOptions(location: path)
            options.cleanupInterval = .milliseconds(10)
            let store = try await SQLiteStateStore.open(options, surroundings: clock.surroundings)
            try await store.apply([
                .set(StoreSet(key: "gone", value: [0x31], ttlSeconds: 5)), .set(StoreSet(key: "kept", value: [0x31])),
            ])
            clock.advance(seconds: 10)
            let connection = try SQLiteConnection(opening: path)
            // The note is written behind the removal, by a statement of its own.
            let note = "SELECT value FROM metadata WHERE key = 'last-cleanup'"
            let deadline = ContinuousClock.now + .seconds(10)
            while try connection.text(of: note) != "2023-11-14 22:13:30", ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try connection.text(of: note) == "2023-11-14 22:13:30")
            #expect(try connection.text(of: "SELECT key FROM state") == "kept")
            await store.close()
        }
    }

    @Test func `a closed store refuses`() async throws {
        let store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: ":memory:"))
        await store.close()
        await #expect(throws: StoreError.closed) { try await store.get("k") }
        await #expect(throws: StoreError.closed) { try await store.apply([.delete(StoreDelete(key: "k"))]) }
    }

    @Test func `another process that holds the lock makes a write fail and not hang`() async throws {
        try await withTemporaryDatabase { path in
            var options = SQLiteStoreOptions(location: path)
            options.connection.busyTimeout = .milliseconds(30)
            let store = try await SQLiteStateStore.open(options)
            let other = try SQLiteConnection(opening: path)
            try other.execute("BEGIN IMMEDIATE")
            let error = await #expect(throws: StoreError.self) {
                try await store.apply([.set(StoreSet(key: "k", value: [0x31]))])
            }
            guard case .unavailable(let detail, outcomeUnknown: false) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(detail.contains("locked"))
            try other.execute("ROLLBACK")
            try await store.apply([.set(StoreSet(key: "k", value: [0x31]))])
            await store.close()
        }
    }

    @Test func `tables of a later Dapr and a second table without its own metadata are refused`() async throws {
        try await withTemporaryDatabase { path in
            let store = try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            await store.close()
            var options = SQLiteStoreOptions(location: path)
            options.table = "\"second\""
            let missing = await #expect(throws: StoreError.self) { try await SQLiteStateStore.open(options) }
            #expect("\(String(describing: missing))".contains("metadataTableName"))
            let connection = try SQLiteConnection(opening: path)
            try connection.execute("UPDATE metadata SET value = '2' WHERE key = 'migrations'")
            let newer = await #expect(throws: StoreError.self) {
                try await SQLiteStateStore.open(SQLiteStoreOptions(location: path))
            }
            #expect("\(String(describing: newer))".contains("version 2"))
        }
    }
}

@Suite struct SQLiteStoreOptionsTests {
    @Test func `every option is read, names without regard to case`() throws {
        let options = try SQLiteStoreOptions(
            component([
                "ConnectionString": "data.db", "timeout": "5s", "BUSYTIMEOUT": "7", "disableWAL": "yes",
                "tableName": "tasks",
                "metadataTableName": "meta", "cleanupInterval": "1h", "keyPrefix": "none",
            ])
        )
        #expect(options.location == "data.db")
        #expect(options.connection.busyTimeout == .seconds(7))
        #expect(!options.connection.usesWAL)
        #expect(options.table == "\"tasks\"")
        #expect(options.metadataTable == "\"meta\"")
        #expect(options.cleanupInterval == .seconds(3600))
    }

    @Test(arguments: [
        ("data.db?_txlock=immediate", "data.db"), ("data.db?cache=shared", "file:data.db?cache=shared"),
        ("file:x.db?mode=memory", "file:x.db?mode=memory"), (":memory:", ":memory:"),
    ])
    func `a connection string becomes what SQLite opens`(text: String, location: String) throws {
        #expect(try SQLiteStoreOptions(component(["url": text])).location == location)
    }

    @Test(arguments: [
        [:], ["connectionString": ""], ["connectionString": "a.db", "tableName": "a b"],
        ["connectionString": "a.db", "busyTimeout": "soon"],
        ["connectionString": "a.db?_pragma=busy_timeout(1)"], ["connectionString": "a.db", "colour": "blue"],
        ["connectionString": "a.db", "primaryEncryptionKey": "x"],
        ["connectionString": "a.db", "outboxPublishTopic": "x"],
    ])
    func `what cannot be taken is refused by name`(metadata: [String: String]) async {
        await #expect(throws: ComponentError.self) { try await start(component(metadata)) }
    }

    /// Starts a sidecar that has this component.
    private func start(_ component: ComponentDefinition) async throws(ComponentError) {
        var resources = LoadedResources()
        resources.components = [component]
        let configuration = RuntimeConfiguration(appID: "a")
        try await SidecarRuntime(configuration: configuration, resources: resources, stateStoreTypes: [.sqlite]).start()
    }

    private func component(_ metadata: [String: String]) -> ComponentDefinition {
        let place = ResourcePlace(file: "store.yaml", line: 1)
        let items = metadata.map { ComponentMetadata.Item(name: $0.key, source: .value($0.value), place: place) }
        return ComponentDefinition(
            name: "store",
            type: "state.sqlite",
            metadata: ComponentMetadata(items: items),
            place: place
        )
    }
}

private func withTemporaryDatabase(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appendingPathComponent("state.db").path)
}
