import Dapr
import DaprCurl
import DaprJSON
import DaprTesting
import Synchronization
import TestTools
import Testing

/// What a test of another package has of the sidecars; `.ci/check_examples.py` sees that it can reach it.
struct ForStrangersTests {
    @Test func `a closure answers for the application`() async throws {
        let calls = Mutex<[AppCall]>([])
        var configuration = EmbeddedSidecar.Configuration(appID: "kitchen")
        configuration.appAPIToken = "sesame"
        configuration.setApp { call in
            calls.withLock { $0.append(call) }
            switch call.path {
            case "/dapr/subscribe":
                return AppAnswer(
                    body: SubscriptionDeclaration.body([
                        Subscription(pubsub: "pubsub", topic: "orders", route: "/orders")
                    ])
                )
            case "/orders": return AppAnswer(body: TopicEventAnswer.success.body)
            case "/menu?day=1": return AppAnswer(status: 418, headers: [("x-own", "kept")], body: Array("[]".utf8))
            default: return AppAnswer(status: 404)
            }
        }
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            try await dapr.publishEvent(value: ["drink": "tea"], to: "orders", in: "pubsub")
            try await eventually { calls.withLock { $0.contains { $0.path == "/orders" } } }
            let menu = try await dapr.invokeMethod("menu", of: "kitchen", query: [("day", "1")])
            #expect(menu.status == 418)
            #expect(menu.header("x-own") == "kept")
            #expect(menu.header("content-type") == "application/json")
            #expect(try menu.jsonValue() == [])
        }
        let event = try #require(calls.withLock { $0.first { $0.path == "/orders" } })
        #expect(event.method == "POST")
        #expect(event.header("DAPR-API-TOKEN") == "sesame")
        #expect(try CloudEvent(decoding: event.body).data == ["drink": "tea"])
    }

    @Test func `resources, environment and token are given as texts`() async throws {
        let vault = """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: vault}
            spec: {type: secretstores.local.env, version: v1}
            """
        var configuration = try EmbeddedSidecar.Configuration(appID: "a", resources: [vault])
        configuration.environment = ["DB_PASSWORD": "sesame"]
        configuration.apiToken = "token"
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport, apiToken: "token")
            #expect(try await dapr.getSecret("DB_PASSWORD", in: "vault") == ["DB_PASSWORD": "sesame"])
            let error = try await #require(throws: DaprError.self) {
                try await DaprClient(transport: sidecar.transport).getSecret("DB_PASSWORD", in: "vault")
            }
            #expect(error.status == 401)
            // Resources of the test's own take the place of those that `dapr init` gives.
            let missing = try await #require(throws: DaprError.self) { try await dapr.getState("k", in: "statestore") }
            #expect(missing.kind == .notConfigured)
        }
    }

    @Test func `a report of faults is a plan that repeats them`() async throws {
        let first = try await report(of: .init(appID: "a", faults: "seed 3\nstate.get chance=0.5 -> fail 503"))
        #expect(first.contains("# state.get statestore"))
        #expect(try await report(of: .init(appID: "a", faults: first)) == first)
    }

    private func report(of configuration: EmbeddedSidecar.Configuration) async throws -> String {
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            for number in 0..<20 { _ = try? await dapr.getState(StateKey("k\(number)"), in: "statestore") }
            return sidecar.faultReport
        }
    }

    @Test func `a test's own waiting takes no time`() async throws {
        let waits = Mutex<[Duration]>([])
        var configuration = try EmbeddedSidecar.Configuration(appID: "a", faults: "state.get -> delay 1h")
        configuration.setSleep { duration in waits.withLock { $0.append(duration) } }
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            let entry = try await dapr.getState("k", in: "statestore")
            #expect(entry == nil)
        }
        #expect(waits.withLock { $0.contains(.seconds(3600)) })
    }

    @Test func `a listening sidecar is started by its application's id`() async throws {
        let sidecar = try await ListeningSidecar.start(
            appID: "a",
            faults: "state.get key=lost -> fail 503",
            apiToken: "t"
        )
        let transport = try DaprCurlTransport(endpoint: .local(port: sidecar.port))
        let dapr = DaprClient(transport: transport, apiToken: "t")
        try await dapr.saveState(StateItem("k", value: 1), in: "statestore")
        #expect(try await dapr.getState("k", in: "statestore")?.decoded(Int.self) == 1)
        await #expect(throws: DaprError.self) { try await dapr.getState("lost", in: "statestore") }
        #expect(sidecar.faultReport.contains("# state.get statestore lost attempt 1"))
        await transport.shutdown()
        _ = await sidecar.stop()
    }

    @Test func `what cannot be used says where and what could stand there`() async throws {
        let plan = #expect(throws: SidecarError.self) {
            try EmbeddedSidecar.Configuration(appID: "a", faults: "seed 1\nstate.get -> explode")
        }
        #expect("\(try #require(plan))".contains("fault plan:2: \"explode\" is no action; there are refuse"))
        let yaml = #expect(throws: SidecarError.self) {
            try EmbeddedSidecar.Configuration(appID: "a", resources: ["kind: [", "x"])
        }
        #expect("\(try #require(yaml))".contains("resources/1.yaml"))
        let unknown = """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec: {type: state.nonsense, version: v1}
            """
        let configuration = try EmbeddedSidecar.Configuration(appID: "a", resources: [unknown])
        let component = try await #require(throws: SidecarError.self) { try await EmbeddedSidecar.start(configuration) }
        #expect("\(component)".contains("state.nonsense"))
        let listening = try await #require(throws: SidecarError.self) {
            try await ListeningSidecar.start(appID: "a", resources: [unknown])
        }
        #expect("\(listening)".contains("state.nonsense"))
    }
}
