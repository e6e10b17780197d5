import DaprSidecar
import DaprSidecarPostgres
import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.privatePostgres) struct PostgresStateStoreTests {
    @Test(arguments: StateStoreContract.allCases)
    func `a database keeps the contract`(clause: StateStoreContract) async throws {
        let clock = TestWallClock()
        let store = try await PostgresStateStore.open(freshOptions(), surroundings: clock.surroundings)
        try await clause.check(store, clock: clock)
        await store.close()
    }

    @Test(arguments: StateStoreContract.allCases)
    func `one connection without prepared statements keeps the contract`(clause: StateStoreContract) async throws {
        let clock = TestWallClock()
        var options = try freshOptions()
        options.connections = 1
        options.preparesStatements = false
        let store = try await PostgresStateStore.open(options, surroundings: clock.surroundings)
        try await clause.check(store, clock: clock)
        await store.close()
    }

    @Test func `the tables and rows are those of daprd`() async throws {
        let options = try freshOptions("own_")
        let clock = TestWallClock(WallTime(seconds: 1_700_000_000))
        let store = try await PostgresStateStore.open(options, surroundings: clock.surroundings)
        try await store.apply([.set(StoreSet(key: "app||k", value: Array("\"v\"".utf8), ttlSeconds: 60))])
        let server = try Server()
        #expect(
            try server.text(
                """
                SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
                  || ' ' || coalesce(pg_get_expr(adbin, adrelid), attidentity::text), ', ' ORDER BY attnum)
                FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                WHERE attrelid = 'own_state'::regclass AND attnum > 0
                """
            ) == "key text true , value bytea true , etag uuid true gen_random_uuid(), "
                + "created_at timestamp with time zone true now(), updated_at timestamp with time zone false , "
                + "expires_at timestamp with time zone false , row_id bigint true d"
        )
        #expect(
            try server.text(
                "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'own_state'"
            ) == "own_state_expires_at_idx own_state_pkey own_state_row_id_uidx"
        )
        #expect(try server.text("SELECT value FROM dapr_metadata WHERE key = 'migrations-state-v2-own_'") == "2")
        #expect(try server.text("SELECT value FROM dapr_metadata WHERE key = 'lock'") == "lock")
        let row = "SELECT key || '|' || convert_from(value, 'UTF8') || '|' || extract(epoch FROM expires_at)::bigint"
        #expect(try server.text("\(row) FROM own_state") == "app||k|\"v\"|1700000060")
        #expect(try server.text("SELECT (updated_at IS NULL)::text FROM own_state") == "true")
        try await store.apply([.set(StoreSet(key: "app||k", value: [0x31]))])
        #expect(try server.text("SELECT (updated_at >= created_at)::text FROM own_state") == "true")
        #expect(try server.text("SELECT (expires_at IS NULL)::text FROM own_state") == "true")
        await store.close()
    }

    @Test func `rows of other writers are read, compared and written over`() async throws {
        let options = try freshOptions("foreign_")
        let store = try await PostgresStateStore.open(options)
        let server = try Server()
        try server.run("INSERT INTO foreign_state (key, value) VALUES ('a', '5'), ('b', '\\x0001ff')")
        try server.run("INSERT INTO foreign_state (key, value, expires_at) VALUES ('c', '1', 'infinity')")
        #expect(try await store.get("b")?.value == [0, 1, 255])
        #expect(try await store.get("c")?.value == [0x31])
        let etag = try #require(try await store.get("a")?.etag)
        try await store.apply([.set(StoreSet(key: "a", value: [0x36], etag: etag.uppercased()))])
        #expect(try await store.get("a")?.value == [0x36])
        await store.close()
    }

    @Test func `a table with a schema in its prefix stands there`() async throws {
        try Server().run("CREATE SCHEMA elsewhere")
        let options = try freshOptions("Elsewhere.P_")
        let store = try await PostgresStateStore.open(options)
        try await store.apply([.set(StoreSet(key: "k", value: [0x31]))])
        #expect(try Server().text("SELECT key FROM elsewhere.p_state") == "k")
        #expect(
            try Server().text("SELECT value FROM dapr_metadata WHERE key = 'migrations-state-v2-Elsewhere.P_'") == "2"
        )
        await store.close()
    }

    @Test func `a table of Dapr 1.16 gets what it lacks`() async throws {
        let server = try Server()
        try await PostgresStateStore.open(freshOptions("old_")).close()
        try server.run("ALTER TABLE old_state DROP COLUMN row_id")
        try server.run("UPDATE dapr_metadata SET value = '1' WHERE key = 'migrations-state-v2-old_'")
        try server.run("INSERT INTO old_state (key, value) VALUES ('a', '1'), ('b', '2')")
        let store = try await PostgresStateStore.open(freshOptions("old_"))
        #expect(try await store.get("b")?.value == [0x32])
        #expect(try server.text("SELECT count(DISTINCT row_id)::text FROM old_state") == "2")
        #expect(try server.text("SELECT value FROM dapr_metadata WHERE key = 'migrations-state-v2-old_'") == "2")
        await store.close()
    }

    @Test func `tables of a later Dapr, and a table that somebody removed, are refused with what to do`() async throws {
        let server = try Server()
        try await PostgresStateStore.open(freshOptions("later_")).close()
        try server.run("UPDATE dapr_metadata SET value = '3' WHERE key = 'migrations-state-v2-later_'")
        let newer = await #expect(throws: StoreError.self) { try await PostgresStateStore.open(freshOptions("later_")) }
        #expect("\(String(describing: newer))".contains("version 3"))
        try server.run("UPDATE dapr_metadata SET value = '2' WHERE key = 'migrations-state-v2-later_'")
        try server.run("DROP TABLE later_state")
        let missing = await #expect(throws: StoreError.self) {
            try await PostgresStateStore.open(freshOptions("later_"))
        }
        #expect("\(String(describing: missing))".contains("migrations-state-v2-later_"))
    }

    @Test func `many that start at once make the tables once`() async throws {
        var options = try freshOptions("race_")
        options.metadataTable = try PostgresName("race_metadata")
        let found = try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { [options] in
                    let store = try await PostgresStateStore.open(options)
                    try await store.apply([.set(StoreSet(key: "\(number)", value: [0x31]))])
                    await store.close()
                }
            }
            try await group.waitForAll()
            return try Server().text("SELECT count(*)::text FROM race_state")
        }
        #expect(found == "8")
    }

    @Test func `a key that is asked for twice is answered once, with a nameless row`() async throws {
        let store = try await PostgresStateStore.open(freshOptions())
        try await store.apply([.set(StoreSet(key: "b0", value: [0x31]))])
        let rows = try await store.bulkGet(["b0", "nope", "b0"])
        #expect(rows.count == 3)
        #expect(rows.dropFirst() == [.missing(key: "nope"), .nameless])
        await store.close()
    }

    @Test func `first-write on an existing key is refused in PostgreSQL's words`() async throws {
        let store = try await PostgresStateStore.open(freshOptions())
        let write = StoreOperation.set(StoreSet(key: "k", value: [0x31], isFirstWrite: true))
        try await store.apply([write])
        await #expect(throws: StoreError.firstWriteExists) { try await store.apply([write]) }
        await #expect(throws: StoreError.badTTL("error parsing TTL: incorrect value for metadata 'ttlInSeconds': -2")) {
            try await store.apply([.set(StoreSet(key: "k", value: [0x31], ttlSeconds: -2))])
        }
        await store.close()
    }

    @Test func `expired rows are removed once an interval, by one of two, and the time is noted`() async throws {
        let clock = TestWallClock()
        var options = try freshOptions("clean_")
        options.cleanupInterval = .milliseconds(100)
        let store = try await PostgresStateStore.open(options, surroundings: clock.surroundings)
        let other = try await PostgresStateStore.open(options, surroundings: clock.surroundings)
        try await store.apply([
            .set(StoreSet(key: "gone", value: [0x31], ttlSeconds: 5)), .set(StoreSet(key: "kept", value: [0x31])),
            .set(StoreSet(key: "later", value: [0x31], ttlSeconds: 500)),
        ])
        clock.advance(seconds: 10)
        let server = try Server()
        let deadline = ContinuousClock.now + .seconds(10)
        let keys = "SELECT string_agg(key, ' ' ORDER BY key) FROM clean_state"
        while try server.text(keys) != "kept later", ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try server.text(keys) == "kept later")
        let note = "SELECT value FROM dapr_metadata WHERE key = 'last-cleanup-state-v2-clean_'"
        let noted = try #require(try server.text(note))
        #expect(noted.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00/) != nil, "\(noted)")
        await store.close()
        await other.close()
    }

    @Test func `a closed store refuses`() async throws {
        let store = try await PostgresStateStore.open(freshOptions())
        await store.close()
        await #expect(throws: StoreError.closed) { try await store.get("k") }
        await #expect(throws: StoreError.closed) { try await store.apply([.delete(StoreDelete(key: "k"))]) }
    }
}
