import Dapr
import DaprSidecar
import DaprSidecarPostgres
import DaprSidecarSQLite
import DaprTesting
import Foundation
import TestSupport
import TestTools
import Testing

/// Of writers at once each is told success, conflict, that the key exists, or unknown, and it is true; an unknown outcome resolves by
/// reading.
private enum OutcomeProperty {
    /// Plays rounds under a plan of each seed, and has each kind of fate seen.
    static func check(seeds: ClosedRange<UInt64>, _ store: ComponentDefinition, _ type: StateStoreType) async throws {
        var seen: [Fate: Int] = [:]
        var seenByForm: [WriterRound.Form: [Fate: Int]] = [:]
        var (happened, vanished) = (0, 0)
        for seed in seeds {
            var numbers = SeededRandom(seed: seed)
            var configuration = EmbeddedSidecar.Configuration(appID: "app\(seed)")
            configuration.resources.components = [store]
            configuration.stateStoreTypes = [type]
            configuration.faults = try plan(seed, &numbers)
            try await EmbeddedSidecar.with(configuration) { sidecar in
                let direct = DaprClient(transport: sidecar.transport)
                // Repetition where it is safe must not change what is true.
                let repeated = DaprClient(
                    transport: RetryingTransport(sidecar.transport, attempts: 4, firstPause: .milliseconds(1))
                )
                for number in 0..<12 {
                    let round = WriterRound(
                        number: number,
                        form: numbers.pick(WriterRound.Form.allCases),
                        key: StateKey("k\(numbers.below(6))"),
                        writers: 2 + numbers.below(3)
                    )
                    let writers = number.isMultiple(of: 2) ? direct : repeated
                    let (fates, unknownHappened) = try await round.play(writers, reader: direct)
                    for fate in fates {
                        seen[fate, default: 0] += 1
                        seenByForm[round.form, default: [:]][fate, default: 0] += 1
                    }
                    if unknownHappened { happened += 1 }
                    if fates.count(where: { $0 == .unknown }) > (unknownHappened ? 1 : 0) { vanished += 1 }
                }
            }
        }
        #expect((seen[.success] ?? 0) > 50 && (seen[.unsent] ?? 0) > 5, "\(seen)")
        for form in WriterRound.Form.allCases {
            let seen = seenByForm[form] ?? [:]
            #expect((seen[.conflict] ?? 0) > 20 && (seen[.exists] ?? 0) > 20, "\(form): \(seen)")
        }
        #expect(happened > 20 && vanished > 20, "unknown outcomes of both kinds: \(happened), \(vanished)")
    }

    /// Faults before, after and instead of what is asked for.
    private static func plan(_ seed: UInt64, _ numbers: inout SeededRandom) throws -> FaultPlan {
        try FaultPlan(
            parsing: """
                seed \(seed)
                state.* match=\(10 + numbers.below(40)) -> restart before
                state.* match=\(10 + numbers.below(40)) -> restart after
                state.save,state.delete,state.transact chance=0.15 -> lose
                state.save,state.delete,state.transact chance=0.15 -> cut
                state.save,state.delete,state.transact chance=0.05 -> fail 503 ERR_BUSY
                state.save chance=0.05 -> fail 500 ERR_STATE_SAVE
                state.transact chance=0.05 -> fail 500 ERR_STATE_TRANSACTION
                state.* chance=0.05 -> refuse
                state.get,state.bulk-get chance=0.1 -> cut
                state.* chance=0.2 -> delay 1ms
                """
        )
    }
}

struct OutcomeTests {
    @Test func `in memory, each of several writers is told what is true`() async throws {
        let store = ComponentDefinition(name: "statestore", type: "state.in-memory")
        try await OutcomeProperty.check(seeds: 1...40, store, .inMemory)
    }

    @Test func `on SQLite, each of several writers is told what is true`() async throws {
        let folder = URL(fileURLWithPath: "/tmp/outcomes-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What is left of such a folder does no harm.
        let file = folder.appendingPathComponent("state.db").path
        let store = ComponentDefinition(
            name: "statestore",
            type: "state.sqlite",
            metadata: ["connectionString": file]
        )
        try await OutcomeProperty.check(seeds: 1...40, store, .sqlite)
    }

    @Suite(.privatePostgres) struct OnPostgres {
        @Test func `on PostgreSQL, each of several writers is told what is true`() async throws {
            let store = ComponentDefinition(
                name: "statestore",
                type: "state.postgresql",
                version: "v2",
                metadata: ["connectionString": try PrivatePostgres.current.connectionString]
            )
            try await OutcomeProperty.check(seeds: 1...40, store, .postgresql)
        }
    }
}
