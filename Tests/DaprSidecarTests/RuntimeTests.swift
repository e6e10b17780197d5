import DaprJSON
import DaprSidecar
import Synchronization
import Testing

/// Health, metadata, invocation, tokens and stop.
@Suite struct RuntimeTests {
    private static let files = [
        "store.yaml": component("store", "state.in-memory"), "bus.yaml": component("bus", "pubsub.in-memory"),
    ]
    private static let subscriptions =
        #"[{"pubsubname":"bus","topic":"plain","route":"/on/plain"},{"pubsubname":"bus","topic":"r","route":"x","metadata":{"rawPayload":"true"}}]"#

    @Test func `health waits for the application, the building blocks do not`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]], isListening: false)
        try await withSidecar(Self.files, app: app, surroundings: Fixed.surroundings()) { sidecar in
            let early = #expect(throws: APIError.self) { try sidecar.checkHealth(appID: nil) }
            #expect(
                early
                    == APIError(status: 500, errorCode: "ERR_HEALTH_NOT_READY", message: "dapr is not ready: [runtime]")
            )
            try sidecar.checkOutboundHealth()
            try await sidecar.save(#"[{"key":"early","value":1}]"#)
            #expect(try await sidecar.value("early") == "1")
            let invoked = await #expect(throws: APIError.self) {
                try await sidecar.invoke("contract", AppRequest(method: "GET", target: "/x"))
            }
            #expect(invoked?.errorCode == "ERR_DIRECT_INVOKE" && invoked?.status == 500)
            app.listen()
            try await untilReady(sidecar)
            let other = #expect(throws: APIError.self) { try sidecar.checkHealth(appID: "other") }
            #expect(other?.errorCode == "ERR_HEALTH_APPID_NOT_MATCH")
            try sidecar.checkHealth(appID: "contract")
            try await sidecar.publish("plain", "1")
            #expect(await app.deliveries(atLeast: 1).count == 1)
        }
        #expect(app.requests.prefix(2).map(\.target) == ["/dapr/config", "/dapr/subscribe"])
        #expect(app.requests.first?.header("dapr-app-id") == "contract")
    }

    @Test(
        arguments: [
            .text(500), .text(200, "{"), .text(200, "{}"), .text(200, #"[{"topic":5}]"#),
            .text(200, #"[{"pubsubname":"bus","topic":"t","routes":{"rules":[{"match":"(","path":"/x"}]}}]"#),
        ] as [AppResponse]
    )
    func `an answer to dapr subscribe that cannot be used means no subscriptions`(answer: AppResponse) async throws {
        let app = ScriptedApp { $0.target == "/dapr/subscribe" ? answer : AppResponse(status: 404) }
        let complaints = Mutex(0)
        var configuration = RuntimeConfiguration(appID: "contract")
        configuration.appPort = 1
        var resources = LoadedResources()
        resources.components = [ComponentDefinition(name: "bus", type: "pubsub.in-memory")]
        let sidecar = SidecarRuntime(
            configuration: configuration,
            resources: resources,
            appChannel: app,
            observer: { if case .subscriptionsUnreadable = $0 { complaints.withLock { $0 += 1 } } }
        )
        try await sidecar.start()
        let life = Task { await sidecar.run() }
        try await untilReady(sidecar)
        #expect(complaints.withLock { $0 } == 1)
        let document = try JSONValue(parsing: sidecar.metadataDocument())
        #expect(document["subscriptions"] == nil)
        _ = await sidecar.stop()
        await life.value
    }

    @Test func `the metadata document lists what there is and leaves out what is empty`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions)
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            sidecar.setMetadata("colour", "blue")
            let document = try JSONValue(parsing: sidecar.metadataDocument())
            #expect(
                document.objectValue?.keys == [
                    "actorRuntime", "appConnectionProperties", "components", "enabledFeatures", "extended", "id",
                    "runtimeVersion", "subscriptions",
                ]
            )
            let wanted = try #require(
                json(
                    #"[{"name":"bus","type":"pubsub.in-memory","version":"v1","capabilities":["SUBSCRIBE_WILDCARDS"]},{"name":"store","type":"state.in-memory","version":"v1","capabilities":["ETAG","TRANSACTIONAL","TTL","DELETE_WITH_PREFIX","KEYS_LIKE","ACTOR"]}]"#
                )
            )
            #expect(document["components"] == wanted)
            let subscriptions = try #require(
                json(
                    #"[{"pubsubname":"bus","topic":"plain","rules":[{"path":"/on/plain"}],"deadLetterTopic":"","type":"PROGRAMMATIC"},{"pubsubname":"bus","topic":"r","metadata":{"rawPayload":"true"},"rules":[{"path":"x"}],"deadLetterTopic":"","type":"PROGRAMMATIC"}]"#
                )
            )
            #expect(document["subscriptions"] == subscriptions)
            #expect(
                document["appConnectionProperties"] == [
                    "port": 8080, "protocol": "http", "channelAddress": "127.0.0.1",
                ]
            )
            #expect(document["extended"]?["colour"] == "blue")
        }
        try await withSidecar([:]) { sidecar in
            let document = try JSONValue(parsing: sidecar.metadataDocument())
            #expect(document["components"] == nil && document["subscriptions"] == nil)
        }
    }

    @Test func `metadata that callers set is bounded`() async throws {
        try await withSidecar([:]) { sidecar in
            for number in 0..<2000 { sidecar.setMetadata("k\(number)", "v") }
            sidecar.setMetadata("k1", "new")
            let document = try JSONValue(parsing: sidecar.metadataDocument())
            #expect(document["extended"]?.objectValue?.count == 1001)
            #expect(document["extended"]?["k1"] == "new")
        }
    }

    @Test func `invocation passes everything through but the headers of one connection and the API token`() async throws
    {
        let app = StubApp(answers: [
            "/echo": [
                AppResponse(
                    status: 418,
                    headers: [("X-Custom", "back"), ("Transfer-Encoding", "chunked")],
                    body: [0x31]
                )
            ]
        ])
        try await withSidecar(Self.files, app: app, configuration: configured { $0.appAPIToken = "app-token" }) {
            sidecar in
            try await untilReady(sidecar)
            let request = AppRequest(
                method: "PATCH",
                target: "/echo?x=1&y=a%20b",
                headers: [
                    ("X-Custom", "there"), ("Connection", "close, X-Hop"), ("X-Hop", "1"),
                    ("dapr-api-token", "sidecar"), ("Host", "h"),
                ],
                body: [0x32]
            )
            let answer = try await sidecar.invoke("contract", request)
            #expect(answer.status == 418 && answer.body == [0x31] && answer.headers.map(\.name) == ["X-Custom"])
            let sent = try #require(app.deliveries.first)
            #expect(sent.method == "PATCH" && sent.target == request.target && sent.body == [0x32])
            #expect(sent.headers.map { "\($0.name): \($0.value)" } == ["X-Custom: there", "dapr-api-token: app-token"])
            #expect(
                try await sidecar.invoke("contract.default", AppRequest(method: "GET", target: "/none")).status == 404
            )
            let nobody = await #expect(throws: APIError.self) { try await sidecar.invoke("nobody", request) }
            #expect(nobody?.message == "failed to invoke, id: nobody, err: couldn't find service: nobody")
        }
    }

    @Test func `an app policy tries failures again and passes the last answer through`() async throws {
        let policy =
            "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {policies: {retries: {DefaultAppRetryPolicy: {duration: 1ms, maxRetries: 2}}}}\n"
        let app = StubApp(answers: ["/flaky": [.text(500), .text(200, "ok")], "/down": [.text(503, "sorry")]])
        try await withSidecar(["r.yaml": policy], app: app) { sidecar in
            try await untilReady(sidecar)
            #expect(try await sidecar.invoke("contract", AppRequest(method: "GET", target: "/flaky")).status == 200)
            #expect(
                try await sidecar.invoke("contract", AppRequest(method: "GET", target: "/down")).body
                    == Array("sorry".utf8)
            )
            #expect(app.deliveries.map(\.target) == ["/flaky", "/flaky", "/down", "/down", "/down"])
        }
    }

    @Test func `the API token is compared, the app token is sent with deliveries`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(
            Self.files,
            app: app,
            configuration: configured {
                $0.apiToken = "sidecar-token"
                $0.appAPIToken = "app-token"
            }
        ) { sidecar in
            #expect(
                [nil, "", "wrong", "sidecar-tokem", "sidecar-token-"].map { sidecar.accepts(token: $0) } == [
                    false, false, false, false, false,
                ]
            )
            #expect(sidecar.accepts(token: "sidecar-token"))
            try await untilReady(sidecar)
            try await sidecar.publish("plain", "1")
            #expect(await app.deliveries(atLeast: 1).first?.header("dapr-api-token") == "app-token")
            #expect(app.requests.allSatisfy { $0.header("dapr-api-token") == "app-token" })
        }
        try await withSidecar([:]) { #expect($0.accepts(token: nil)) }
    }

    @Test func `health checks hold deliveries back while the application is not well`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        app.setHealth([500, 200])
        let events = Events()
        let health = { events.map { if case .appHealthChanged(let isHealthy) = $0 { isHealthy } else { nil } } }
        try await withSidecar(
            Self.files,
            app: app,
            surroundings: Fixed.surroundings(),
            configuration: configured {
                $0.appHealthCheck = AppHealthCheck()
                $0.appHealthCheck?.threshold = 2
            },
            events: events
        ) { sidecar in
            func until(_ count: Int) async {
                let deadline = ContinuousClock.now + .seconds(10)
                while health().count < count && ContinuousClock.now < deadline { await Task.yield() }
            }
            await until(1)
            try await untilSubscribed(sidecar)
            app.setHealth([500])
            await until(2)
            try await sidecar.publish("plain", "1")
            let refused = await #expect(throws: APIError.self) {
                try await sidecar.invoke("contract", AppRequest(method: "GET", target: "/x"))
            }
            #expect(refused?.message.contains("app is not in a healthy state") == true)
            try sidecar.checkHealth(appID: nil)
            app.setHealth([200])
            await until(3)
            try await sidecar.publish("plain", "2")
            #expect(await app.deliveries(atLeast: 1).map { $0.json?["data"]?.intValue } == [2])
            #expect(health() == [true, false, true])
            #expect(app.requests.filter { $0.target == "/dapr/subscribe" }.count == 1)
        }
    }

    @Test func `until its first good answer the application counts as unwell, and the sidecar as healthy`() async throws
    {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/x": [.text(200)]])
        app.setHealth([500])
        let configuration = configured { $0.appHealthCheck = AppHealthCheck() }
        try await withSidecar(
            Self.files,
            app: app,
            surroundings: Fixed.surroundings(),
            configuration: configuration
        ) { sidecar in
            try await untilReady(sidecar)
            let refused = await #expect(throws: APIError.self) {
                try await sidecar.invoke("contract", AppRequest(method: "GET", target: "/x"))
            }
            #expect(refused?.message.contains("app is not in a healthy state") == true)
            app.setHealth([200])
            try await untilSubscribed(sidecar)
            #expect(try await sidecar.invoke("contract", AppRequest(method: "GET", target: "/x")).status == 200)
        }
    }

    @Test func `stopping waits for the handler in flight and begins no other`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            app.hold()
            try await sidecar.publish("plain", "1")
            // It waits for its turn, which never comes.
            async let second: Void = sidecar.publish("plain", "2")
            _ = await app.deliveries(atLeast: 1)
            await sidecar.announceStop()
            try await second
            async let stopped = sidecar.stop()
            app.release()
            #expect(await stopped)
            #expect(app.deliveries.count == 1)
            #expect(throws: APIError.self) { try sidecar.checkOutboundHealth() }
        }
    }

    @Test func `a handler that does not end in time is given up`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/plain": [.text(200)]])
        try await withSidecar(
            Self.files,
            app: app,
            configuration: configured { $0.gracefulShutdown = .milliseconds(20) }
        ) { sidecar in
            try await untilReady(sidecar)
            app.hold()
            try await sidecar.publish("plain", "1")
            _ = await app.deliveries(atLeast: 1)
            #expect(await sidecar.stop() == false)
        }
    }

    @Test func `with a block duration the health says no while the API still serves`() async throws {
        try await withSidecar(Self.files, configuration: configured { $0.blockShutdown = .milliseconds(10) }) {
            sidecar in
            try sidecar.checkHealth(appID: nil)
            await sidecar.announceStop()
            #expect(throws: APIError.self) { try sidecar.checkHealth(appID: nil) }
            try await sidecar.save("[]")
        }
    }

    @Test func `a client may ask the sidecar to end`() {
        let asked = Mutex<[Bool]>([])
        let sidecar = SidecarRuntime(
            configuration: RuntimeConfiguration(appID: "a"),
            onShutdownRequest: { forced in asked.withLock { $0.append(forced) } }
        )
        sidecar.requestShutdown(isForced: false)
        sidecar.requestShutdown(isForced: true)
        #expect(asked.withLock { $0 } == [false, true])
    }

    private func untilSubscribed(_ sidecar: SidecarRuntime) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if try JSONValue(parsing: sidecar.metadataDocument())["subscriptions"] != nil { return }
            await Task.yield()
        }
        Issue.record("there are no subscriptions")
    }
}

/// An application whose answers a closure gives.
private struct ScriptedApp: AppChannel {
    let answer: @Sendable (AppRequest) -> AppResponse

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse { answer(request) }
}
