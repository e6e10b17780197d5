import DaprSidecar
import DaprSidecarPostgres
import Foundation
import Postgres
import TestSupport
import TestTools
import Testing

/// What callers see when the server that they write to becomes one that takes no writes, and keeps their connections.
@Suite(.privatePostgres, .serialized) struct SwitchOverTests {
    /// Two servers with the same tables, and options for both.
    private func withTwo(
        _ prefix: String,
        _ more: String,
        _ body: (_ other: Server, _ options: PostgresStoreOptions) async throws -> Void
    ) async throws {
        let first = try PrivatePostgres.current
        try await PrivatePostgres.with { second in
            let alone = try PostgresStoreOptions(target: PostgresTarget(second.connectionString), tablePrefix: prefix)
            await (try PostgresStateStore.open(alone)).close()
            let target = try PostgresTarget(
                "host=\(first.folder.path),\(second.folder.path) user=sidecar dbname=postgres \(more)"
            )
            try await body(
                Server(connection: second.connect()),
                PostgresStoreOptions(target: target, tablePrefix: prefix)
            )
        }
    }

    private func setReadOnly(_ isReadOnly: Bool, _ server: Server) throws {
        try server.run("ALTER SYSTEM SET default_transaction_read_only = \(isReadOnly ? "on" : "off")")
        try server.run("SELECT pg_reload_conf()")
    }

    /// Demotes the suite's server for as long as the body takes.
    private func whileReadOnly(_ body: () async throws -> Void) async throws {
        let server = try Server()
        try setReadOnly(true, server)
        // New sessions have it as soon as the reload was done.
        try await eventually { try Server().text("SHOW default_transaction_read_only") == "on" }
        let outcome: Result<Void, any Error>
        do {
            try await body()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try server.run("SET default_transaction_read_only = off")
        try setReadOnly(false, server)
        try await eventually { try Server().text("SHOW default_transaction_read_only") == "off" }
        try outcome.get()
    }

    private func set(_ key: String, _ value: UInt8) -> StoreOperation { .set(StoreSet(key: key, value: [value])) }

    @Test func `writes move to the other server after at most two errors, and reads with them`() async throws {
        try await withTwo("over_", "target_session_attrs=read-write") { other, options in
            let store = try await PostgresStateStore.open(options)
            try await store.apply([set("k", 1)])
            try other.run("INSERT INTO over_state (key, value) VALUES ('only-there', 'x')")
            #expect(try await store.get("only-there") == nil)
            try await whileReadOnly {
                var errors = 0
                while let error = await store.error([set("k", 2)]) {
                    errors += 1
                    guard case .unavailable(_, outcomeUnknown: false) = error, errors <= 2 else {
                        Issue.record("error \(errors): \(error)")
                        return
                    }
                }
                #expect(try other.text("SELECT encode(value, 'hex') FROM over_state WHERE key = 'k'") == "02")
                #expect(try await store.get("only-there") != nil, "reads stay on the server that was left")
                try await store.apply([.set(StoreSet(key: "new", value: [3], isFirstWrite: true)), set("k", 4)])
                try await store.apply([.delete(StoreDelete(key: "k"))])
                #expect(try await store.get("k") == nil)
            }
            await store.close()
        }
    }

    @Test func `a transaction with a condition is refused by the read-only server and made on the other`() async throws
    {
        try await withTwo("cond_", "target_session_attrs=read-write") { other, options in
            let store = try await PostgresStateStore.open(options)
            try await whileReadOnly {
                let change = StoreOperation.set(StoreSet(key: "k", value: [1], isFirstWrite: true))
                var errors = 0
                while await store.error([change, .delete(StoreDelete(key: "none"))]) != nil, errors < 3 { errors += 1 }
                #expect(errors <= 2)
                let count = try other.text("SELECT count(*)::text FROM cond_state")
                #expect(count == "1")
            }
            await store.close()
        }
    }

    @Test func `reads alone find out that their server was demoted`() async throws {
        try await withTwo("read_", "target_session_attrs=read-write") { other, options in
            let store = try await PostgresStateStore.open(options)
            try await store.apply([set("k", 1)])
            try other.run("INSERT INTO read_state (key, value) VALUES ('k', '\\x09')")
            try await whileReadOnly {
                // The old server hears of its demotion a moment after new sessions do.
                try await eventually { try await store.get("k")?.value == [9] }
                for _ in 0..<50 { #expect(try await store.get("k")?.value == [9]) }
            }
            await store.close()
        }
    }

    @Test func `many callers at once all get through`() async throws {
        try await withTwo("many_", "target_session_attrs=read-write") { other, options in
            let store = try await PostgresStateStore.open(options)
            try await store.apply([set("k", 1)])
            try await whileReadOnly {
                try await eventually { await store.error([set("k", 2)]) == nil }
                let failures = await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<200 { group.addTask { await store.error([set("k\(number)", 1)]) != nil } }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(failures == 0)
                #expect(try other.text("SELECT count(*)::text FROM many_state") == "201")
            }
            await store.close()
        }
    }

    @Test func `without another server each write says so, and all goes on once the server takes writes again`()
        async throws
    {
        let options = try freshOptions("alone_")
        let store = try await PostgresStateStore.open(options)
        try await store.apply([set("k", 1)])
        try await whileReadOnly {
            try await eventually { await store.error([set("k", 2)]) != nil }
            for _ in 0..<10 {
                guard case .unavailable(let detail, outcomeUnknown: false) = await store.error([set("k", 2)]) else {
                    Issue.record("a write to a read-only server did not happen")
                    return
                }
                #expect(detail.contains("25006"), "\(detail)")
            }
            #expect(try await store.get("k")?.value == [1], "any server will do for reads where none is asked for")
        }
        try await eventually { await store.error([set("k", 3)]) == nil }
        #expect(try await store.get("k")?.value == [3])
        await store.close()
    }

    @Test func `a silent first server costs its connect_timeout once for all connections of a store`() async throws {
        let silent = try SilentServer()
        let folder = try PrivatePostgres.current.folder.path
        let target = try PostgresTarget(
            "host=127.0.0.1,\(folder) port=\(silent.port),5432 connect_timeout=2 user=sidecar dbname=postgres"
        )
        let begin = ContinuousClock.now
        let store = try await PostgresStateStore.open(PostgresStoreOptions(target: target, tablePrefix: "silent_"))
        let elapsed = begin.duration(to: .now)
        #expect(elapsed > .seconds(1) && elapsed < .seconds(5))
        try await store.apply([set("k", 1)])
        #expect(try await store.get("k")?.value == [1])
        await store.close()
    }

    @Test func `a limit of the connection string that is shorter than the component's counts`() async throws {
        let text = try PrivatePostgres.current.connectionString + " statement_timeout=500"
        let store = try await PostgresStateStore.open(
            PostgresStoreOptions(target: PostgresTarget(text), tablePrefix: "limit_")
        )
        try await store.apply([set("k", 1)])
        let holder = try Server()
        try holder.run("BEGIN")
        try holder.run("SELECT 1 FROM limit_state FOR UPDATE")
        let begin = ContinuousClock.now
        guard case .unavailable(let detail, outcomeUnknown: false) = await store.error([set("k", 2)]) else {
            Issue.record("a write that the server gave up did not happen")
            return
        }
        #expect(detail.contains("57014"), "\(detail)")
        #expect(begin.duration(to: .now) < .seconds(10))
        try holder.run("ROLLBACK")
        await store.close()
    }
}
