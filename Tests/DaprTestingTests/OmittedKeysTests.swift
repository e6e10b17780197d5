import Dapr
import DaprJSON
import DaprSidecar
import DaprTesting
import Testing

/// What a client sees of a bulk read that answers as if keys were missing.
struct OmittedKeysTests {
    private func withSidecar(_ plan: String, _ body: (DaprClient, FaultInjector) async throws -> Void) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: plan)
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            try await dapr.saveState(
                (0..<30).map { StateItem(StateKey("k\($0)"), value: .integer($0)) },
                in: "statestore"
            )
            try await body(dapr, sidecar.faults)
        }
    }

    private func missing(_ dapr: DaprClient, _ keys: [StateKey]) async throws -> Set<StateKey> {
        let answers = try await dapr.getBulkState(keys, in: "statestore")
        #expect(answers.count == keys.count, "each key is answered for, found or missing")
        return Set(answers.filter { if case .missing = $0.value { true } else { false } }.keys)
    }

    @Test func `keys that are there are answered as missing, and single reads find them`() async throws {
        try await withSidecar("seed 4\nstate.bulk-get key=k1* attempt=1 -> omit") { dapr, faults in
            let keys = (0..<30).map { StateKey("k\($0)") }
            let missing = try await missing(dapr, keys)
            #expect((1...11).contains(missing.count))
            #expect(missing.allSatisfy { $0.rawValue.hasPrefix("k1") })
            for key in missing {
                let entry = try await dapr.getState(key, in: "statestore")
                #expect(entry != nil)
            }
            let later = try await self.missing(dapr, keys)
            #expect(later.isEmpty, "only the first attempt")
            #expect(
                faults.log.map(\.description) == ["state.bulk-get statestore k1 attempt 1 -> omit (rule 1)"]
            )
        }
    }

    @Test func `a sidecar that leaves keys out does not promise to report errors`() async throws {
        try await withSidecar("state.bulk-get chance=0 -> omit") { dapr, _ in
            let features = try await dapr.getMetadata().enabledFeatures
            #expect(features.isEmpty)
        }
        try await withSidecar("state.get chance=0 -> lose") { dapr, _ in
            let features = try await dapr.getMetadata().enabledFeatures
            #expect(features == ["DevSidecar"])
        }
    }

    @Test func `a read of one key is answered as missing for certain, and one that is not there stays missing`()
        async throws
    {
        try await withSidecar("state.bulk-get -> omit") { dapr, _ in
            let there = try await missing(dapr, ["k3"])
            #expect(there == ["k3"])
            let absent = try await missing(dapr, ["none"])
            #expect(absent == ["none"])
        }
    }

    @Test func `another fault of the same call comes besides`() async throws {
        try await withSidecar("state.bulk-get attempt=1 -> fail 500 ERR_X\nstate.bulk-get -> omit") { dapr, _ in
            let error = await #expect(throws: DaprError.self) { try await dapr.getBulkState(["k3"], in: "statestore") }
            #expect(error?.errorCode == "ERR_X")
            let missing = try await missing(dapr, ["k3"])
            #expect(missing == ["k3"])
        }
    }
}
