import DaprEventLoop
import DaprSidecar
import DaprSidecarPostgres
import DaprSidecarSQLite
import Foundation
import Postgres
import SlowFlush

extension Benchmark {
    /// G11: durable upserts in PostgreSQL, beside eight threads that run one statement each.
    static let postgres = Benchmark(
        title: "durable upserts in PostgreSQL, beside 8 threads that run one statement each",
        goals: ["G11", "G11-one"]
    ) {
        let port = freePort()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left among such does no harm.
        let script = Program.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("scripts/private-postgres").path
        return try await Program.running(script, [folder.path, "\(port)"], on: .any, port: port, ending: SIGINT) { _ in
            let target = try PostgresTarget("host=127.0.0.1 port=\(port) user=sidecar dbname=postgres")
            // It listens a moment before it lets anybody in.
            let deadline = Date() + 20
            while (try? PostgresConnection(to: target, timeout: .seconds(1))) == nil, Date() < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            let store = try await PostgresStateStore.open(try PostgresStoreOptions(target: target))
            let threads = BlockingThreads(count: 8) { try BlockingThreads.postgres(target, table: "state") }
            let many = try await ratios(store, threads, callers: 64, rounds: 7)
            let one = try await ratios(store, threads, callers: 1, rounds: 9)
            try await pairs(store, threads)
            await store.close()
            try await threads.stop()
            return [
                Outcome(name: "G11", value: many, relation: .atLeast, bound: 4),
                Outcome(name: "G11-one", value: one, relation: .atLeast, bound: 1),
            ]
        }
    }

    /// G12: durable upserts in SQLite, beside a thread that runs one statement each.
    ///
    /// What is saved are waits for the disk, so the disk decides. The goal was set where a durable upsert took 1.6 ms: it is
    /// measured with flushes made so slow, and told for this disk as it is beside.
    static let sqlite = Benchmark(
        title: "upserts in SQLite with synchronous=FULL, beside a thread that runs one statement each",
        goals: ["G12"]
    ) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left among such does no harm.
        let store = try await SQLiteStateStore.open(
            SQLiteStoreOptions(location: folder.appendingPathComponent("ours.db").path)
        )
        let other = folder.appendingPathComponent("theirs.db").path
        await (try await SQLiteStateStore.open(SQLiteStoreOptions(location: other))).close()
        let thread = BlockingThreads(count: 1) { try BlockingThreads.sqlite(other) }
        let asItIs = try await ratios(store, thread, callers: 64, rounds: 7)
        try await pairs(store, thread)
        say("upserts on this disk as it is: \(hundredths(asItIs)) times those of the thread; with flushes of 1.5 ms:")
        slow_flush_set(1500)
        let many = try await ratios(store, thread, callers: 64, rounds: 7)
        slow_flush_set(0)
        await store.close()
        try await thread.stop()
        return [Outcome(name: "G12", value: many, relation: .atLeast, bound: 12)]
    }

    /// How many times as many upserts the store does as the threads.
    private static func ratios(
        _ store: some StateStore,
        _ threads: BlockingThreads,
        callers count: Int,
        rounds: Int
    ) async throws -> Double {
        let callers = StoreCallers(count, on: try EventLoopGroup(count: 1).loops[0])
        let ratios = try await Comparison(
            Subject(name: "\(count) callers of the store") {
                try await callers.microsecondsPerCall { try await store.apply($0.map { .set($0) }) }
            },
            to: Subject(name: "of threads") { try await callers.microsecondsPerCall { try await threads.write($0) } }
        ).ratios(rounds: rounds)
        return 1 / ratios[0]
    }

    /// Says how many times as many transactions of two upserts the store does as the threads; without a goal.
    private static func pairs(_ store: some StateStore, _ threads: BlockingThreads) async throws {
        let callers = StoreCallers(64, on: try EventLoopGroup(count: 1).loops[0])
        let ratios = try await Comparison(
            Subject(name: "64 callers of the store, two upserts each") {
                try await callers.microsecondsPerCall(sets: 2) { try await store.apply($0.map { .set($0) }) }
            },
            Subject(name: "the first of them by first-write") {
                try await callers.microsecondsPerCall(sets: 2) { sets in
                    var record = sets[0]
                    record.key = "bench||log-\(UInt64.random(in: .min ... .max))"
                    record.isFirstWrite = true
                    try await store.apply([.set(record), .set(sets[1])])
                }
            },
            to: Subject(name: "of threads") {
                try await callers.microsecondsPerCall(sets: 2) { try await threads.write($0) }
            }
        ).ratios(rounds: 5)
        say("transactions of two upserts, 64 callers: \(hundredths(1 / ratios[0])) times those of the threads")
        say("with the first by first-write: \(hundredths(1 / ratios[1])) times those of the threads")
    }
}
