import Foundation
import Sidecar
import SidecarPostgres
import SidecarSQLite
import Synchronization
import TestSupport
import Testing

/// Seeds of the model on each store.
///
/// `MODEL_SEEDS` runs so many in memory and a tenth of that on each of the others; `MODEL_SEED` repeats one.
private enum Model {
    static let environment = ProcessInfo.processInfo.environment

    static func play(
        _ count: Int,
        _ type: StateStoreType,
        least: Int,
        _ store: @escaping @Sendable (UInt64) -> ComponentDefinition
    ) async throws {
        if let text = environment["MODEL_SEED"], let seed = UInt64(text) {
            return try await ModelRun.play(seed, store(seed), type, ModelCount())
        }
        let seen = ModelCount()
        let start = UInt64(environment["MODEL_START"] ?? "1") ?? 1
        let seeds = Seeds(start..<start + UInt64(count))
        let failure = try await withThrowingTaskGroup(of: (UInt64, any Error)?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    while !Task.isCancelled, let seed = seeds.next() {
                        do {
                            try await ModelRun.play(seed, store(seed), type, seen)
                        } catch {
                            return (seed, error)
                        }
                    }
                    return nil
                }
            }
            for try await failed in group {
                if let failed { return Optional(failed) }
            }
            return nil
        }
        if let (seed, error) = failure { Issue.record("MODEL_SEED=\(seed) repeats it: \(error)") }
        // A model in which nothing happens proves nothing.
        #expect(seen["acknowledged"] > least * 10, "\(seen.description)")
        #expect(seen["unknown"] + seen["refused"] > least / 4, "\(seen.description)")
        FileHandle.standardError.write(
            Data("model: \(count) seeds on \(store(start).type): \(seen.description)\n".utf8)
        )
    }

    static var seeds: Int { environment["MODEL_SEEDS"].flatMap(Int.init) ?? 100 }
}

/// Hands out seeds.
private final class Seeds: Sendable {
    private let left: Mutex<Range<UInt64>>

    init(_ range: Range<UInt64>) { left = Mutex(range) }

    func next() -> UInt64? { left.withLock { $0.popFirst() } }
}

@Suite(.serialized) struct ModelTests {
    @Test func `in memory, what was promised is what is stored and published`() async throws {
        try await Model.play(Model.seeds, .inMemory, least: Model.seeds) { _ in
            ComponentDefinition(name: "statestore", type: "state.in-memory")
        }
    }

    @Test func `on SQLite, what was promised is what is stored and published`() async throws {
        let folder = URL(fileURLWithPath: "/tmp/model-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What is left of such a folder does no harm.
        // A file each: runs that wait for one another's locks would break what the relay rests on, that calls end in time.
        try await Model.play(max(1, Model.seeds / 10), .sqlite, least: Model.seeds / 10) { seed in
            let file = folder.appendingPathComponent("\(seed).db").path
            return ComponentDefinition(name: "statestore", type: "state.sqlite", metadata: ["connectionString": file])
        }
    }

    @Suite(.privatePostgres) struct OnPostgres {
        @Test func `on PostgreSQL, what was promised is what is stored and published`() async throws {
            let store = ComponentDefinition(
                name: "statestore",
                type: "state.postgresql",
                version: "v2",
                metadata: ["connectionString": try PrivatePostgres.current.connectionString]
            )
            try await Model.play(max(1, Model.seeds / 10), .postgresql, least: Model.seeds / 10) { _ in store }
        }
    }
}
