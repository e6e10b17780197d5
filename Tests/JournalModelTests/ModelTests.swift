import DaprSidecar
import DaprSidecarPostgres
import DaprSidecarSQLite
import DaprTesting
import Foundation
import Synchronization
import TestSupport
import TestTools
import Testing

@Suite(.serialized) struct ModelTests {
    @Test func `a run has a time of its own, and ends though everything in it waits for ever`() async throws {
        let begin = ContinuousClock.now
        let day = Duration.seconds(86_400)
        let passed = try await VirtualTime.run(seed: 1) { time in
            try await Task.sleep(for: day)
            return time.elapsed
        }
        #expect(passed == day && ContinuousClock.now - begin < .seconds(60))
        do {
            let never = AsyncStream<Void> { _ in }
            try await VirtualTime.run(seed: 1) { _ in for await _ in never {} }
            Issue.record("it ended")
        } catch let error as VirtualTime.Failure {
            guard case .deadlock = error else { throw error }
        }
    }

    @Test func `in a time of its own, what was promised is what is stored and published`() async throws {
        try await Model.play(
            "in memory",
            seconds: Model.seconds,
            sideBySide: Model.cores,
            least: Model.least,
            hasOwnTime: true
        ) {
            seed,
            count in
            let image = try await ModelImage.shared()
            try await VirtualTime.run(seed: seed) { time in
                let world = ModelWorld(seed: seed, time: time, count: count)
                let isOld = world.rules.contains(.renumbering) || world.rules.contains(.retention)
                try await ModelRun(world, on: isOld ? image : nil).play()
            }
        }
    }

    @Test func `on dev-sidecar in memory, what was promised is what is stored and published`() async throws {
        try await onDevSidecar("on dev-sidecar in memory", .inMemory) { _ in
            ComponentDefinition(name: "statestore", type: "state.in-memory")
        }
    }

    @Test func `on SQLite, what was promised is what is stored and published`() async throws {
        let folder = URL(fileURLWithPath: "/tmp/model-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What is left of such a folder does no harm.
        // A file each: runs that wait for one another's locks would break what the relay rests on, that calls end in time.
        try await onDevSidecar("on SQLite", .sqlite) { seed in
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
            try await onDevSidecar("on PostgreSQL", .postgresql) { _ in store }
        }
    }
}

/// Plays in the machine's time, over a sidecar that restarts too.
private func onDevSidecar(
    _ name: String,
    _ type: StateStoreType,
    _ store: @escaping @Sendable (UInt64) -> ComponentDefinition
) async throws {
    try await Model.play(name, seconds: Model.seconds / 6, sideBySide: 6, least: 1, hasOwnTime: false) {
        seed,
        count in
        var configuration = EmbeddedSidecar.Configuration(appID: "model\(seed)")
        configuration.resources.components = [store(seed)]
        configuration.stateStoreTypes = [type]
        let world = ModelWorld(seed: seed, time: nil, count: count)
        if world.rules.contains(.restart) {
            configuration.faults = try FaultPlan(
                parsing: """
                    seed \(seed)
                    state.transact match=\(3 + world.below(60)) -> restart before
                    state.transact match=\(3 + world.below(60)) -> restart after
                    state.* match=\(10 + world.below(300)) -> restart after
                    """
            )
        }
        try await EmbeddedSidecar.with(configuration) { sidecar in
            try await ModelRun(world, sidecar.transport).play()
        }
    }
}
