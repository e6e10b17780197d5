import DaprSidecar
import Synchronization
import Testing

/// Policies around invocations, deliveries, publishes and secrets, through the whole runtime.
@Suite struct ResiliencyTests {
    private static func resiliency(_ spec: String) -> String {
        "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {\(spec)}\n"
    }

    private static let breaker = "circuitBreakers: {cb: {trip: consecutiveFailures > 1, timeout: 60s}}"

    private func invoke(_ sidecar: SidecarRuntime, _ path: String = "/x") async -> String {
        do throws(APIError) {
            return "\(try await sidecar.invoke("contract", AppRequest(method: "GET", target: path)).status)"
        } catch {
            return error.message
        }
    }

    @Test func `an open breaker keeps invocations of one method from the application, until a trial succeeds`()
        async throws
    {
        let clock = Mutex(WallTime(seconds: 1_767_225_600))
        let app = StubApp(answers: ["/x": [.text(500)], "/y": [.text(200)]])
        let spec = "policies: {\(Self.breaker)}, targets: {apps: {contract: {circuitBreaker: cb}}}"
        let surroundings = Fixed.surroundings { clock.withLock { $0 } }
        try await withSidecar(["r.yaml": Self.resiliency(spec)], app: app, surroundings: surroundings) { sidecar in
            let open = "failed to invoke, id: contract, err: circuit breaker is open"
            #expect(await invoke(sidecar) == "500")
            #expect(await invoke(sidecar) == "500")
            #expect(await invoke(sidecar) == open)
            #expect(await invoke(sidecar, "/x?a=b") == open)
            #expect(await invoke(sidecar, "/y") == "200")
            clock.withLock { $0 = $0.adding(seconds: 61) }
            app.setAnswers("/x", [.text(200)])
            #expect(await invoke(sidecar) == "200")
            #expect(await invoke(sidecar) == "200")
        }
        #expect(app.deliveries.map(\.target) == ["/x", "/x", "/y", "/x", "/x"])
    }

    @Test func `a breaker that opens ends the retries of a call`() async throws {
        let app = StubApp(answers: ["/x": [.text(500)]])
        let spec = """
            policies: {\(Self.breaker), retries: {r: {duration: 1ms, maxRetries: 10}}},
            targets: {apps: {contract: {circuitBreaker: cb, retry: r}}}
            """
        try await withSidecar(["r.yaml": Self.resiliency(spec)], app: app) { sidecar in
            #expect(await invoke(sidecar) == "failed to invoke, id: contract, err: circuit breaker is open")
        }
        #expect(app.deliveries.count == 2)
    }

    @Test func `only the statuses that match are tried again`() async throws {
        let app = StubApp(answers: ["/x": [.text(503), .text(503), .text(404)], "/y": [.text(500)]])
        let spec = """
            policies: {retries: {DefaultAppRetryPolicy: {duration: 1ms, matching: {httpStatusCodes: '503'}}}}
            """
        try await withSidecar(["r.yaml": Self.resiliency(spec)], app: app) { sidecar in
            #expect(await invoke(sidecar) == "404")
            #expect(await invoke(sidecar, "/y") == "500")
        }
        #expect(app.deliveries.map(\.target) == ["/x", "/x", "/x", "/y"])
    }

    @Test func `with no retries a delivery is made once, and goes to the dead letter topic`() async throws {
        let subscriptions = """
            [{"pubsubname":"bus","topic":"t","route":"/t","deadLetterTopic":"dead"},
             {"pubsubname":"bus","topic":"dead","route":"/dead"}]
            """
        let app = StubApp(subscriptions: subscriptions, answers: ["/t": [.text(500)], "/dead": [.text(200)]])
        let spec =
            "policies: {retries: {none: {maxRetries: 0}}}, targets: {components: {bus: {inbound: {retry: none}}}}"
        let files = ["bus.yaml": component("bus", "pubsub.in-memory"), "r.yaml": Self.resiliency(spec)]
        try await withSidecar(files, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("t", "1")
            _ = await app.deliveries(atLeast: 2)
        }
        #expect(app.deliveries.map(\.target) == ["/t", "/dead"])
    }

    @Test func `deliveries behind an open breaker go to the dead letter topic without reaching the application`()
        async throws
    {
        let subscriptions = """
            [{"pubsubname":"bus","topic":"t","route":"/t","deadLetterTopic":"dead"},
             {"pubsubname":"bus","topic":"dead","route":"/dead"}]
            """
        let app = StubApp(subscriptions: subscriptions, answers: ["/t": [.text(500)], "/dead": [.text(200)]])
        let files = [
            "bus.yaml": component("bus", "pubsub.in-memory"),
            "r.yaml": Self.resiliency(
                "policies: {circuitBreakers: {cb: {trip: totalFailures > 0, timeout: 60s}}}, "
                    + "targets: {components: {bus: {inbound: {circuitBreaker: cb}}}}"
            ),
        ]
        let events = Events()
        try await withSidecar(files, app: app, events: events) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("t", "1")
            try await sidecar.publish("t", "2")
            let reasons = {
                events.map { event -> String? in
                    if case .deliveryFailed(_, _, let reason, _) = event { reason } else { nil }
                }
            }
            let deadline = ContinuousClock.now + .seconds(10)
            while reasons().count < 4, ContinuousClock.now < deadline { await Task.yield() }
            // The breaker is the component's, so the dead letters meet it too.
            #expect(reasons().first == "the application answered 500")
            #expect(reasons().dropFirst().allSatisfy { $0 == "circuit breaker is open" })
        }
        #expect(app.deliveries.map(\.target) == ["/t"])
    }

    @Test func `a breaker around a store opens for every kind of failure, and then nothing reaches it`() async throws {
        let files = [
            "s.yaml": component("store", "state.in-memory"),
            "r.yaml": Self.resiliency(
                "policies: {\(Self.breaker)}, targets: {components: {store: {outbound: {circuitBreaker: cb}}}}"
            ),
        ]
        try await withSidecar(files) { sidecar in
            for _ in 0..<2 {
                let stale = await #expect(throws: APIError.self) {
                    try await sidecar.save(#"[{"key":"k","value":1,"etag":"no"}]"#)
                }
                #expect(stale?.status == 409)
            }
            let refused = await #expect(throws: APIError.self) { try await sidecar.value("k") }
            #expect(refused?.status == 500 && refused?.message.contains("circuit breaker is open") == true)
        }
    }

    @Test func `secrets and bulk publishes are under their policies too`() async throws {
        let files = [
            "f.yaml": component("secrets", "secretstores.local.file", [("secretsFile", "res/s.json")]), "s.json": "{}",
            "bus.yaml": component("bus", "pubsub.in-memory"),
            "r.yaml": Self.resiliency(
                "policies: {circuitBreakers: {DefaultCircuitBreakerPolicy: {trip: totalFailures > 0}}}"
            ),
        ]
        try await withSidecar(files) { sidecar in
            let missing = await #expect(throws: APIError.self) { try await sidecar.secret("secrets", "x") }
            #expect(missing?.message.contains("not found") == true)
            let refused = await #expect(throws: APIError.self) { try await sidecar.secret("secrets", "x") }
            #expect(refused?.message.contains("circuit breaker is open") == true)
            try await sidecar.publishBulk(
                "bus",
                "t",
                body: Array(#"[{"entryId":"1","event":"x","contentType":"text/plain"}]"#.utf8),
                metadata: [:],
                trace: CallTrace()
            )
        }
    }
}
