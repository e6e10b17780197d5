import Dapr
import DaprCurl
import DaprEventLoop
import DaprJSON
import DaprSidecar
import DaprSidecarHTTP
import DaprTesting
import TestTools
import Testing

/// What a client sees of each action, on a socket and without one.
struct FaultActionTests {
    enum Way: CaseIterable {
        case embedded
        case socket
    }

    private func withSidecar(
        _ way: Way,
        _ plan: String,
        _ body: (DaprClient, FaultInjector) async throws -> Void
    ) async throws {
        let plan = try FaultPlan(parsing: plan)
        switch way {
        case .embedded:
            var configuration = EmbeddedSidecar.Configuration(appID: "a")
            configuration.faults = plan
            try await EmbeddedSidecar.with(configuration) { sidecar in
                try await body(DaprClient(transport: sidecar.transport), sidecar.faults)
            }
        case .socket:
            let sidecar = try await ListeningSidecar.start(.init(runtime: .init(appID: "a")), faults: plan)
            let transport = try DaprCurlTransport(
                endpoint: try DaprEndpoint(parsing: "http://127.0.0.1:\(sidecar.port)")
            )
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(DaprClient(transport: transport), sidecar.faults))
            } catch {
                result = .failure(error)
            }
            await transport.shutdown()
            #expect(await sidecar.stop())
            try result.get()
        }
    }

    private func save(_ dapr: DaprClient, _ key: StateKey) async -> DaprError? {
        do throws(DaprError) {
            try await dapr.saveState([StateItem(key, value: 1)], in: "statestore")
            return nil
        } catch {
            return error
        }
    }

    private func isThere(_ dapr: DaprClient, _ key: StateKey) async throws -> Bool {
        try await dapr.getState(key, in: "statestore") != nil
    }

    @Test(arguments: Way.allCases)
    func `a lost answer is an unknown outcome, and the write is there`(way: Way) async throws {
        try await withSidecar(way, "state.save key=k attempt=1 -> lose") { dapr, faults in
            let error = try #require(await save(dapr, "k"))
            #expect(error.kind == .outcomeUnknown)
            #expect(error.outcomeUnknown)
            #expect(try await isThere(dapr, "k"))
            #expect(await save(dapr, "k") == nil)
            #expect(faults.log.map(\.description) == ["state.save statestore k attempt 1 -> lose (rule 1)"])
        }
    }

    @Test(arguments: Way.allCases)
    func `a cut before the effect is an unknown outcome too, and nothing is there`(way: Way) async throws {
        try await withSidecar(way, "state.save -> cut") { dapr, _ in
            #expect(await save(dapr, "k")?.outcomeUnknown == true)
            let isThere = try await isThere(dapr, "k")
            #expect(!isThere)
        }
    }

    @Test(arguments: Way.allCases)
    func `a late write is an unknown outcome, and is done over what was written meanwhile`(way: Way) async throws {
        try await withSidecar(way, "state.save key=k attempt=1 -> late 300ms") { dapr, _ in
            let begin = ContinuousClock.now
            #expect(await save(dapr, "k")?.outcomeUnknown == true)
            try await dapr.saveState([StateItem("k", value: 2)], in: "statestore")
            let meanwhile = try await dapr.getState("k", in: "statestore")
            #expect(meanwhile?.value == Array("2".utf8))
            try await eventually { try await dapr.getState("k", in: "statestore")?.value == Array("1".utf8) }
            #expect(ContinuousClock.now - begin >= .milliseconds(300))
        }
    }

    @Test(arguments: Way.allCases)
    func `what is repeated is done twice, and answered as the second time`(way: Way) async throws {
        try await withSidecar(way, "state.save key=new -> repeat\nstate.save key=k -> repeat") { dapr, _ in
            let first = StateItem("new", value: 1, concurrency: .firstWrite)
            let error = await #expect(throws: DaprError.self) { try await dapr.saveState([first], in: "statestore") }
            #expect(error?.kind == .alreadyExists)
            let isThere = try await isThere(dapr, "new")
            #expect(isThere)
            #expect(await save(dapr, "k") == nil)
        }
    }

    @Test func `a refusal is known to have had no effect where there is no socket`() async throws {
        try await withSidecar(.embedded, "state.save -> refuse") { dapr, _ in
            let error = try #require(await save(dapr, "k"))
            #expect(error.kind == .unreachable)
            #expect(!error.outcomeUnknown)
            let isThere = try await isThere(dapr, "k")
            #expect(!isThere)
        }
        try await withSidecar(.socket, "state.save -> refuse") { dapr, _ in
            #expect(await save(dapr, "k")?.outcomeUnknown == true)
            let isThere = try await isThere(dapr, "k")
            #expect(!isThere)
        }
    }

    @Test(arguments: Way.allCases)
    func `an error has the status and code of the plan, in Dapr's form`(way: Way) async throws {
        try await withSidecar(way, "state.save key=a* -> fail 429 ERR_BUSY\nstate.get -> fail 503") { dapr, _ in
            let error = try #require(await save(dapr, "ab"))
            #expect(error.status == 429)
            #expect(error.errorCode == "ERR_BUSY")
            #expect(await save(dapr, "b") == nil)
            let read = await #expect(throws: DaprError.self) { try await dapr.getState("b", in: "statestore") }
            #expect(read?.status == 503)
            #expect(read?.errorCode == "ERR_FAULT")
        }
    }

    @Test(arguments: Way.allCases)
    func `every kind of call can fail by its key`(way: Way) async throws {
        let plan = """
            state.bulk-get key=k2 -> fail 500 E1
            state.transact key=k3 -> fail 500 E2
            state.delete key=k4 -> fail 500 E3
            publish topic=t5 key=e5 -> fail 500 E4
            publish.bulk topic=t key=e6 -> fail 500 E5
            secret.get component=vault key=s7 -> fail 500 E6
            secret.bulk -> fail 500 E7
            invoke component=other key=/x/y -> fail 500 E8
            metadata -> fail 500 E9
            """
        try await withSidecar(way, plan) { dapr, faults in
            func fails(_ call: () async throws -> Void) async -> String? {
                do {
                    try await call()
                    return nil
                } catch {
                    return (error as? DaprError)?.errorCode ?? "\(error)"
                }
            }
            let codes = [
                await fails { _ = try await dapr.getBulkState(["k1", "k2"], in: "statestore") },
                await fails { _ = try await dapr.getBulkState(["k1"], in: "statestore") },
                await fails { try await dapr.transactState([.delete("k1"), .delete("k3")], in: "statestore") },
                await fails { try await dapr.deleteState("k4", in: "statestore") },
                await fails {
                    try await dapr.publishEvent(json: [0x31], to: "t5", in: "pubsub", metadata: ["cloudevent.id": "e5"])
                },
                await fails { try await dapr.publishEvent(json: [0x31], to: "t5", in: "pubsub") },
                await fails {
                    _ = try await dapr.publishEvents(
                        [BulkPublishEntry(entryID: "e6", json: [0x31])],
                        to: "t",
                        in: "pubsub"
                    )
                },
                await fails { _ = try await dapr.getSecret("s7", in: "vault") },
                await fails { _ = try await dapr.getBulkSecret(in: "vault") },
                await fails {
                    let answer = try await dapr.invokeMethod("x/y", of: "other")
                    // An invocation's answer is the application's, whatever its status.
                    if String(decoding: answer.body, as: UTF8.self).contains("E8") {
                        throw DaprError(.refused, operation: "", errorCode: "E8")
                    }
                },
                await fails { _ = try await dapr.getMetadata() },
            ]
            #expect(codes == ["E1", nil, "E2", "E3", "E4", nil, "E5", "E6", "E7", "E8", "E9"])
            #expect(faults.log.count == 9)
        }
    }

    @Test func `a delay waits in the time of the surroundings`() async throws {
        let waits = Waits()
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(
            parsing: "state.get -> delay 90s\nstate.get -> delay 10s\nstate.get -> lose"
        )
        configuration.surroundings = .seeded(
            0,
            sleep: { duration throws(CancellationError) in waits.add(duration) }
        )
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            await #expect(throws: DaprError.self) { try await dapr.getState("k", in: "statestore") }
            #expect(waits.all == [.seconds(100)], "nothing else may wait by this clock, or it would spin")
        }
    }

    @Test func `the same seed gives the same run under many callers`() async throws {
        func run(_ seed: Int) async throws -> (log: [String], kept: [Bool]) {
            var configuration = EmbeddedSidecar.Configuration(appID: "a")
            configuration.faults = try FaultPlan(
                parsing: "seed \(seed)\nstate.save chance=0.2 -> lose\nstate.save chance=0.2 -> cut"
            )
            return try await EmbeddedSidecar.with(configuration) { sidecar in
                let dapr = DaprClient(transport: sidecar.transport)
                await withTaskGroup { group in
                    for key in 0..<100 { group.addTask { _ = await save(dapr, StateKey("k\(key)")) } }
                }
                var kept: [Bool] = []
                for key in 0..<100 { kept.append(try await isThere(dapr, StateKey("k\(key)"))) }
                return (sidecar.faults.sortedLog, kept)
            }
        }
        let (first, again, other) = (try await run(1), try await run(1), try await run(2))
        #expect(first == again)
        #expect(first.log != other.log)
        #expect(first.kept != other.kept)
    }

    @Test func `what a body throws comes with the plan that repeats the run`() async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.faults = try FaultPlan(parsing: "seed 77\nstate.get -> lose")
        let given = configuration
        let run = await #expect(throws: FaultedRun.self) {
            try await EmbeddedSidecar.with(given) { sidecar in
                _ = try await DaprClient(transport: sidecar.transport).getState("k", in: "statestore")
            }
        }
        let text = try #require(run).description
        #expect(text.contains("seed 77\nstate.get -> lose\n# 1 faults:"), "\(text)")
        #expect(run?.cause is DaprError)
    }
}
