import DaprSidecar
import Foundation
import Postgres
import SQLite
import Synchronization

/// The usual way to a database, which the stores are measured against: threads with a connection each take one call after another from
/// a queue, and run one statement after another for it.
final class BlockingThreads: Sendable {
    private struct Call: Sendable {
        let sets: [StoreSet]
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Call] = []
        var running = 0
        var isStopping = false
    }

    private let condition = NSCondition()
    private let state = Mutex(State())

    /// Starts threads; each makes its connection first, and writes with it.
    init(count: Int, _ connect: @escaping @Sendable () throws -> ([StoreSet]) throws -> Void) {
        state.withLock { $0.running = count }
        for _ in 0..<count {
            Thread.detachNewThread { [self] in
                let outcome = Result { try connect() }
                while let call = next() {
                    call.continuation.resume(with: Result { try outcome.get()(call.sets) })
                }
                state.withLock { $0.running -= 1 }
            }
        }
    }

    /// Writes rows, several of them in one transaction.
    func write(_ sets: [StoreSet]) async throws {
        try await withCheckedThrowingContinuation { continuation in
            condition.lock()
            state.withLock { $0.waiting.append(Call(sets: sets, continuation: continuation)) }
            condition.signal()
            condition.unlock()
        }
    }

    /// Ends the threads once nothing waits.
    func stop() async throws {
        state.withLock { $0.isStopping = true }
        condition.withLock { condition.broadcast() }
        while state.withLock({ $0.running }) > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func next() -> Call? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            let (call, isStopping) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isStopping)
            }
            if call != nil || isStopping { return call }
            condition.wait()
        }
    }

    /// A connection to PostgreSQL with its upsert prepared.
    static func postgres(_ target: PostgresTarget, table: String) throws -> ([StoreSet]) throws -> Void {
        let connection = try PostgresConnection(to: target, timeout: .seconds(10))
        let upsert = PostgresStatement(
            name: "upsert",
            sql: """
                INSERT INTO \(table) (key, value, etag) VALUES ($1::text, $2::bytea, $3::uuid)
                ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, etag = EXCLUDED.etag, updated_at = now()
                """
        )
        let (begin, commit) = (
            PostgresStatement(name: "begin", sql: "BEGIN"), PostgresStatement(name: "commit", sql: "COMMIT")
        )
        let write = { (set: StoreSet) in
            var parameters = PostgresParameters()
            parameters.append(set.key)
            parameters.append(bytea: set.value)
            if let etag = PostgresUUID(Surroundings.randomUUID()) { parameters.append(etag) }
            _ = try connection.run([PostgresStep(upsert, parameters)], timeout: .seconds(10))
        }
        return { sets in
            if sets.count == 1 { return try write(sets[0]) }
            _ = try connection.run([PostgresStep(begin)], timeout: .seconds(10))
            for set in sets { try write(set) }
            _ = try connection.run([PostgresStep(commit)], timeout: .seconds(10))
        }
    }

    /// A connection to SQLite with its upsert prepared.
    static func sqlite(_ path: String) throws -> ([StoreSet]) throws -> Void {
        let connection = try SQLiteConnection(opening: path)
        let upsert = try connection.prepare(
            """
            INSERT INTO state (key, value, is_binary, etag) VALUES (?1, ?2, 0, ?3)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, etag = excluded.etag
            """
        )
        let (begin, commit) = (try connection.prepare("BEGIN IMMEDIATE"), try connection.prepare("COMMIT"))
        let write = { (set: StoreSet) in
            try upsert.bind(set.key, at: 1)
            try upsert.bind(text: set.value, at: 2)
            try upsert.bind(Surroundings.randomUUID(), at: 3)
            try upsert.run()
        }
        return { sets in
            if sets.count == 1 { return try write(sets[0]) }
            try begin.run()
            for set in sets { try write(set) }
            try commit.run()
        }
    }
}
