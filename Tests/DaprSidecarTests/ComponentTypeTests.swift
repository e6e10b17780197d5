import DaprJSON
import DaprSidecar
import DaprText
import Synchronization
import Testing

/// Brokers and secret stores of a test's own: a type is all that the sidecar needs to know of one.
@Suite struct ComponentTypeTests {
    private static let subscriptions = """
        [{"pubsubname":"bus","topic":"orders","route":"/on/orders","metadata":{"group":"g"}},
         {"pubsubname":"bus","topic":"kept","route":"/on/kept","deadLetterTopic":"dead"},
         {"pubsubname":"bus","topic":"many","route":"/on/many",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":3,"maxAwaitDurationMs":3600000}},
         {"pubsubname":"bus","topic":"forbidden","route":"/on/forbidden"}]
        """

    /// Runs a sidecar with a component `bus` of the type `pubsub.spy`.
    private func withSpy(
        app: StubApp,
        metadata: [(String, String)] = [("partitions", "4")],
        events: Events = Events(),
        _ body: (SidecarRuntime, SpyBroker) async throws -> Void
    ) async throws {
        let broker = SpyBroker()
        let type = PubSubType(type: "pubsub.spy", versions: ["v2"], options: ["partitions"]) {
            component,
            context throws(ComponentError) in
            broker.opened.withLock { $0 = [component.metadata["partitions"], context.appID] }
            return broker
        }
        let bus = component("bus", "pubsub.spy", metadata, more: "  version: v2\n")
        try await withSidecar(["bus.yaml": bus], app: app, events: events, pubsubTypes: [type, .inMemory]) { sidecar in
            try await untilReady(sidecar)
            try await body(sidecar, broker)
        }
        #expect(broker.isClosed.withLock { $0 }, "the broker is closed with the sidecar")
    }

    @Test func `a broker of its own is opened with what its component says, and listed with what it can do`()
        async throws
    {
        let app = StubApp(subscriptions: Self.subscriptions)
        let events = Events()
        try await withSpy(app: app, events: events) { sidecar, broker in
            #expect(broker.opened.withLock { $0 } == ["4", "contract"])
            let document = json(String(decoding: sidecar.metadataDocument(), as: UTF8.self))
            #expect(
                document?["components"]?.arrayValue?[0] == [
                    "name": "bus", "type": "pubsub.spy", "version": "v2", "capabilities": ["BULK_PUBSUB"],
                ]
            )
            #expect(broker.subscription("orders")?.metadata == ["group": "g"])
            let ignored = events.map { event -> String? in
                if case .subscriptionIgnored(_, "forbidden", let reason) = event { reason } else { nil }
            }
            #expect(ignored == ["forbidden is not for you"], "what the broker said to the subscription")
        }
    }

    @Test(arguments: [
        (component("bus", "pubsub.spy", [("colour", "blue")]), "pubsub.spy knows only publishingScopes"),
        (component("bus", "pubsub.spy", more: "  version: v9\n"), "pubsub.spy v9 is not supported by this sidecar"),
        (component("bus", "pubsub.other"), "which has state.in-memory v1, pubsub.spy v1, secretstores.spy v1;"),
        (component("bus", "secretstores.spy", [("colour", "blue")]), "secretstores.spy knows only vault"),
    ])
    func `what a type does not know is refused, by what the types say`(file: String, part: String) async throws {
        let broker = PubSubType(type: "pubsub.spy") { _, _ throws(ComponentError) in SpyBroker() }
        let store = SecretStoreType(type: "secretstores.spy", options: ["vault"]) { _, _ throws(ComponentError) in
            SpySecretStore()
        }
        let error = await #expect(throws: ComponentError.self) {
            try await withSidecar(["a.yaml": file], pubsubTypes: [broker], secretStoreTypes: [store]) { _ in }
        }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func `a publish is answered when the broker has the event, and refused in its words`() async throws {
        try await withSpy(app: StubApp(subscriptions: "[]")) { sidecar, broker in
            broker.hold()
            let isAnswered = Mutex(false)
            async let published: Void = {
                try await sidecar.publish("orders", "1")
                isAnswered.withLock { $0 = true }
            }()
            await broker.untilHeld()
            let early = isAnswered.withLock { $0 }
            #expect(!early, "the broker does not have it yet")
            broker.release()
            try await published
            #expect(broker.messages.map(\.topic) == ["orders"])
            let error = await #expect(throws: APIError.self) { try await sidecar.publish("forbidden", "2") }
            #expect(error?.status == 500)
            #expect(error?.message.contains("forbidden is not for you") == true)
        }
    }

    @Test func `a bulk publish goes to the broker as one, and tells the result of each entry`() async throws {
        try await withSpy(app: StubApp(subscriptions: "[]")) { sidecar, broker in
            let entries = ["a", "b", "c"].map { #"{"entryId":"\#($0)","event":"\#($0)","contentType":"text/plain"}"# }
            let error = await #expect(throws: APIError.self) {
                try await sidecar.publishBulk(
                    "bus",
                    "orders",
                    body: Array("[\(entries.joined(separator: ","))]".utf8),
                    metadata: ["rawPayload": "true"],
                    trace: CallTrace()
                )
            }
            // daprd's order: the last entry first. The broker takes all but the second that it gets, and forgets to speak of the third.
            #expect(broker.bulks == [["c", "a", "b"]])
            #expect(error?.failedEntries.map(\.entryID) == ["a", "b"])
            #expect(
                error?.failedEntries.map(\.error) == [
                    "the partition of a is full", "the broker did not say what became of it",
                ]
            )
        }
    }

    @Test(arguments: [
        ("orders", AppResponse.text(200), Acknowledgement.success, nil as String?),
        ("orders", .text(200, #"{"status":"RETRY"}"#), .retry, nil),
        ("orders", .text(500), .retry, nil),
        ("orders", .text(200, #"{"status":"DROP"}"#), .drop, nil),
        ("orders", .text(404), .drop, nil),
        ("kept", .text(500), .success, "dead"),
        ("kept", .text(404), .success, "dead"),
    ])
    func `the broker hears what is to become of a message`(
        topic: String,
        answer: AppResponse,
        expected: Acknowledgement,
        deadLetterTopic: String?
    ) async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/\(topic)": [answer]])
        try await withSpy(app: app) { _, broker in
            let message = BrokerMessage(topic: topic, data: Array(#"{"id":"1","data":{"a":1}}"#.utf8))
            let subscription = try #require(broker.subscription(topic))
            #expect(await subscription.deliver(message) == expected)
            #expect(app.deliveries.map(\.path) == ["/on/\(topic)"])
            #expect(broker.messages.map(\.topic) == [deadLetterTopic].compactMap { $0 })
        }
    }

    @Test func `a message whose dead letter the broker does not take is to be delivered again`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/kept": [.text(500)]])
        try await withSpy(app: app) { _, broker in
            broker.refuses.withLock { $0 = "dead" }
            let subscription = try #require(broker.subscription("kept"))
            #expect(await subscription.deliver(BrokerMessage(topic: "kept", data: Array("{}".utf8))) == .retry)
        }
    }

    @Test func `messages that are on their way at once reach a bulk subscription together, each with its own answer`()
        async throws
    {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/many": [.text(200, #"{"statuses":[]}"#)]])
        try await withSpy(app: app) { _, broker in
            let subscription = try #require(broker.subscription("many"))
            let texts = [#"{"id":"1"}"#, "no event", #"{"id":"3"}"#]
            // The time is far away: only the third makes the batch full.
            let answers = await withTaskGroup(of: (String, Acknowledgement).self) { group in
                for text in texts {
                    group.addTask {
                        (text, await subscription.deliver(BrokerMessage(topic: "many", data: Array(text.utf8))))
                    }
                }
                return await group.reduce(into: [String: Acknowledgement]()) { $0[$1.0] = $1.1 }
            }
            #expect(app.deliveries.map { $0.json?["entries"]?.arrayValue?.count } == [2])
            #expect(answers.count == 3)
            #expect(answers.values.allSatisfy { $0 == .retry }, "none of them was answered for")
        }
    }

    @Test func `a batch that is not full is delivered when the sidecar stops`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions, answers: ["/on/many": [.text(500)]])
        try await withSpy(app: app) { sidecar, broker in
            let subscription = try #require(broker.subscription("many"))
            async let answer = subscription.deliver(BrokerMessage(topic: "many", data: Array("{}".utf8)))
            await sidecar.announceStop()
            #expect(await answer == .retry)
            #expect(app.deliveries.count == 1)
        }
    }

    @Test func `deliveries are paused while the application is unwell, and end with the sidecar`() async throws {
        let app = StubApp(subscriptions: Self.subscriptions)
        let broker = SpyBroker()
        let type = PubSubType(type: "pubsub.spy") { _, _ throws(ComponentError) in broker }
        let configuration = configured {
            $0.appHealthCheck = AppHealthCheck()
            $0.appHealthCheck?.threshold = 1
        }
        try await withSidecar(
            ["bus.yaml": component("bus", "pubsub.spy")],
            app: app,
            surroundings: Fixed.surroundings(),
            configuration: configuration,
            pubsubTypes: [type]
        ) { _ in
            let subscription = try #require(await broker.untilSubscribed("orders"))
            app.setHealth([500])
            await subscription.until("paused")
            app.setHealth([200])
            await subscription.until("resumed")
            #expect(!subscription.isClosed)
        }
        #expect(broker.subscription("orders")?.isClosed == true)
    }

    @Test func `a secret store of its own answers calls and fills in components, and tells when it cannot`()
        async throws
    {
        let store = SpySecretStore()
        let type = SecretStoreType(type: "secretstores.spy", options: ["vault"]) {
            component,
            _ throws(ComponentError) in
            guard component.metadata["vault"] == "here" else { throw component.error(.missingMetadata(name: "vault")) }
            return store
        }
        let broker = SpyBroker()
        let bus = PubSubType(type: "pubsub.spy", options: ["password"]) { component, _ throws(ComponentError) in
            broker.opened.withLock { $0 = [component.metadata["password"]] }
            return broker
        }
        let files = [
            "bus.yaml": component("bus", "pubsub.spy")
                + "  metadata:\n  - name: password\n    secretKeyRef: {name: db, key: password}\n"
                + "auth: {secretStore: vault}\n",
            "vault.yaml": component("vault", "secretstores.spy", [("vault", "here")]),
        ]
        try await withSidecar(files, pubsubTypes: [bus], secretStoreTypes: [type]) { sidecar in
            #expect(broker.opened.withLock { $0 } == ["s3cret"])
            let secret = try await sidecar.secret("vault", "db")
            #expect(secret.map { String(decoding: $0, as: UTF8.self) } == #"{"password":"s3cret"}"#)
            let all = try await sidecar.bulkSecrets("vault")
            #expect(String(decoding: all, as: UTF8.self) == #"{"db":{"password":"s3cret"}}"#)
            store.isSealed.withLock { $0 = true }
            let one = await #expect(throws: APIError.self) { try await sidecar.secret("vault", "db") }
            #expect(one?.status == 500)
            #expect(one?.message == "failed getting secret with key db from secret store vault: the vault is sealed")
            let bulk = await #expect(throws: APIError.self) { try await sidecar.bulkSecrets("vault") }
            #expect(bulk?.errorCode == "ERR_SECRET_GET")
            #expect(bulk?.message == "failed getting secrets from secret store vault: the vault is sealed")
        }
        #expect(store.isClosed.withLock { $0 })
        let error = await #expect(throws: ComponentError.self) {
            try await withSidecar(files, pubsubTypes: [bus], secretStoreTypes: [type]) { _ in }
        }
        #expect(error?.description.contains("the secret db cannot be read: the vault is sealed") == true)
    }
}
