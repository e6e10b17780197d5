import DaprSidecar
import DaprSidecarPostgres
import Foundation
import Postgres
import TestSupport
import TestTools
import Testing

/// What callers are told when the server, or the connection to it, goes away.
@Suite(.privatePostgres, .serialized) struct LostServerTests {
    private let set = StoreOperation.set(StoreSet(key: "k", value: [0x31]))

    @Test func `a connection that ended between two requests is made anew without a word`() async throws {
        let store = try await PostgresStateStore.open(freshOptions())
        try await store.apply([set])
        try endStoreConnections()
        #expect(try await store.get("k")?.value == [0x31])
        try await store.apply([.set(StoreSet(key: "k", value: [0x32]))])
        #expect(try await store.get("k")?.value == [0x32])
        await store.close()
    }

    @Test func `while the server is away every request fails soon, as not done; afterwards all goes on`() async throws {
        let server = try PrivatePostgres.current
        let store = try await PostgresStateStore.open(freshOptions())
        try await store.apply([set])
        await server.stop()
        for _ in 0..<20 {
            let begin = ContinuousClock.now
            guard case .unavailable(let detail, outcomeUnknown: false) = await store.error([set]) else {
                Issue.record("a write without a server must fail as not done")
                break
            }
            #expect(detail.contains("cannot be reached"), "\(detail)")
            await #expect(throws: StoreError.self) { try await store.get("k") }
            #expect(begin.duration(to: .now) < .seconds(2))
        }
        try await server.start()
        try await eventually { await store.error([set]) == nil }
        try await eventually { (try? await store.get("k")) != nil }
        await store.close()
    }

    @Test func `a server that dies during a load keeps every acknowledged write and no half transaction`() async throws
    {
        let server = try PrivatePostgres.current
        let options = try freshOptions()
        let store = try await PostgresStateStore.open(options)
        let acknowledged = await withTaskGroup(of: [Int].self) { group in
            for writer in 0..<32 {
                group.addTask {
                    var done: [Int] = []
                    for number in 0... {
                        let value = Array("\(number)".utf8)
                        let error = await store.error([
                            .set(StoreSet(key: "\(writer)-\(number)-a", value: value, isFirstWrite: number % 2 == 0)),
                            .set(StoreSet(key: "\(writer)-\(number)-b", value: value)),
                        ])
                        if error != nil { break }
                        done.append(number)
                    }
                    return done.map { writer * 1_000_000 + $0 }
                }
            }
            try? await Task.sleep(for: .milliseconds(300))
            await server.stop(SIGQUIT)
            return await group.reduce(into: []) { $0 += $1 }
        }
        await store.close()
        #expect(acknowledged.count > 32)
        try await server.start()
        let table = options.table.quoted
        let keys = Set(
            try #require(try Server().text("SELECT string_agg(key, ' ') FROM \(table)")).split(separator: " ")
        )
        for number in acknowledged {
            let name = "\(number / 1_000_000)-\(number % 1_000_000)"
            #expect(keys.contains("\(name)-a") && keys.contains("\(name)-b"), "\(name)")
        }
        #expect(keys.count { $0.hasSuffix("a") } == keys.count { $0.hasSuffix("b") })
        for key in keys where key.hasSuffix("a") { #expect(keys.contains("\(key.dropLast())b"), "\(key)") }
    }

    @Test func `a write whose answer is lost is told as unknown and not tried again`() async throws {
        let options = try freshOptions("lost_")
        let store = try await PostgresStateStore.open(options)
        try await store.apply([set])
        let holder = try Server()
        try holder.run("BEGIN")
        try holder.run("SELECT 1 FROM lost_state FOR UPDATE")
        async let error = store.error([.set(StoreSet(key: "k", value: [0x32]))])
        try await eventually { try waitsForLock() }
        try endStoreConnections()
        guard case .unavailable(let detail, outcomeUnknown: true) = await error else {
            Issue.record("the outcome must be told as unknown")
            return
        }
        #expect(detail.contains("may have happened"), "\(detail)")
        try holder.run("COMMIT")
        #expect(try await store.get("k")?.value == [0x31])
        await store.close()
    }

    @Test func `a write that was lost before it was sent is made on the next connection`() async throws {
        let options = try freshOptions("early_")
        let store = try await PostgresStateStore.open(options)
        try await store.apply([set])
        let etag = try await store.get("k")?.etag
        let holder = try Server()
        try holder.run("BEGIN")
        try holder.run("SELECT 1 FROM early_state FOR UPDATE")
        // With a condition the row is looked at first, and there it waits.
        async let error = store.error([.set(StoreSet(key: "k", value: [0x32], etag: etag))])
        try await eventually { try waitsForLock() }
        try endStoreConnections()
        try await eventually { try waitsForLock() }
        try holder.run("COMMIT")
        #expect(await error == nil)
        #expect(try await store.get("k")?.value == [0x32])
        await store.close()
    }

    @Test func `a lock that another holds for too long makes a write fail as not done, and the next ones work`()
        async throws
    {
        var options = try freshOptions("stuck_")
        options.timeout = .seconds(1)
        let store = try await PostgresStateStore.open(options)
        try await store.apply([set])
        let holder = try Server()
        try holder.run("BEGIN")
        try holder.run("SELECT 1 FROM stuck_state FOR UPDATE")
        guard case .unavailable(let detail, outcomeUnknown: false) = await store.error([set]) else {
            Issue.record("a write that the server gave up did not happen")
            return
        }
        #expect(detail.contains("57014"), "\(detail)")
        #expect(try await store.get("k")?.value == [0x31], "reads do not wait for writers")
        try holder.run("ROLLBACK")
        try await store.apply([.set(StoreSet(key: "k", value: [0x32]))])
        await store.close()
    }

    @Test func `a connection that lies idle for too long is closed, and made anew`() async throws {
        var options = try freshOptions()
        options.maxIdleTime = .milliseconds(50)
        let store = try await PostgresStateStore.open(options)
        try await store.apply([set])
        try await eventually {
            try Server().text(
                "SELECT count(*)::text FROM pg_stat_activity"
                    + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ) == "0"
        }
        #expect(try await store.get("k")?.value == [0x31])
        await store.close()
    }

    @Test func `a server that is not there is told with what to do`() async throws {
        let target = try PostgresTarget("host=/nowhere/at/all user=x password=secret-word dbname=x")
        let error = await #expect(throws: StoreError.self) {
            try await PostgresStateStore.open(PostgresStoreOptions(target: target))
        }
        let text = "\(String(describing: error))"
        #expect(text.contains("cannot be reached"))
        #expect(!text.contains("secret-word"))
    }

    private func endStoreConnections() throws {
        _ = try Server().text(
            "SELECT string_agg(pg_terminate_backend(pid, 30000)::text, ' ') FROM pg_stat_activity"
                + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle in transaction'"
        )
    }

    private func waitsForLock() throws -> Bool {
        try Server().text(
            "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'"
        ) == "1"
    }
}
