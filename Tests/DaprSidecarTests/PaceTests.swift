import DaprJSON
import DaprText
import Synchronization
import Testing

@testable import DaprSidecar

/// In-memory pub/sub has daprd's pace: what stalls there stalls here.
@Suite struct PaceTests {
    private static let files = ["bus.yaml": component("bus", "pubsub.in-memory")]
    private static let subscriptions = """
        [{"pubsubname":"bus","topic":"one","route":"/on/one"},{"pubsubname":"bus","topic":"other","route":"/on/other"},
         {"pubsubname":"bus","topic":"refused","route":"/on/refused","deadLetterTopic":"one"},
         {"pubsubname":"bus","topic":"many","route":"/on/many",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":100,"maxAwaitDurationMs":7000}},
         {"pubsubname":"bus","topic":"single","route":"/on/single",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":1,"maxAwaitDurationMs":7000}}]
        """

    private func app() -> StubApp {
        let topics = ["/on/one", "/on/other", "/on/many", "/on/single"]
        var answers = Dictionary(uniqueKeysWithValues: topics.map { ($0, [AppResponse.text(200)]) })
        answers["/on/refused"] = [.text(404)]
        return StubApp(subscriptions: Self.subscriptions, answers: answers)
    }

    /// Waits until so many publishers wait for a turn.
    private func untilWaiting(_ count: Int, _ sidecar: SidecarRuntime) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let broker = sidecar.components.pubsubs["bus"]?.broker as? InMemoryBroker
            if broker?.waiting == count { return }
            await Task.yield()
        }
        Issue.record("not so many publishers wait")
    }

    @Test func `a publisher waits while the subscriber is busy, those of other topics do not`() async throws {
        let app = app()
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            app.hold()
            try await sidecar.publish("one", "1")
            let isAnswered = Mutex(false)
            async let second: Void = {
                try await sidecar.publish("one", "2")
                isAnswered.withLock { $0 = true }
            }()
            await untilWaiting(1, sidecar)
            try await sidecar.publish("other", "3")
            try await sidecar.publish("nobody", "4")
            let early = isAnswered.withLock { $0 }
            #expect(!early)
            app.release()
            try await second
            #expect(
                await app.deliveries(atLeast: 3).map { $0.json?["data"]?.intValue }.sorted { $0 ?? 0 < $1 ?? 0 } == [
                    1, 2, 3,
                ]
            )
        }
    }

    @Test func `a bulk publish waits until its last entry is taken`() async throws {
        let app = app()
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            let body = (0..<4).map { #"{"entryId":"\#($0)","event":\#($0),"contentType":"application/json"}"# }
            try await sidecar.publishBulk(
                "bus",
                "one",
                body: Array("[\(body.joined(separator: ","))]".utf8),
                metadata: [:],
                trace: CallTrace()
            )
            #expect(app.deliveries.count >= 3, "all but the last are done with")
            #expect(await app.deliveries(atLeast: 4).map { $0.json?["data"]?.intValue } == [3, 0, 1, 2])
        }
    }

    @Test func `a bulk subscription gets one event a delivery, each after its whole wait`() async throws {
        let app = app()
        let waits = Mutex<[Duration]>([])
        let surroundings = Surroundings(sleep: { duration throws(CancellationError) in
            waits.withLock { $0.append(duration) }
        })
        try await withSidecar(Self.files, app: app, surroundings: surroundings) { sidecar in
            try await untilReady(sidecar)
            for number in 0..<3 { try await sidecar.publish("many", "\(number)") }
            let deliveries = await app.deliveries(atLeast: 3)
            #expect(deliveries.map { $0.json?["entries"]?.arrayValue?.count } == [1, 1, 1])
            #expect(waits.withLock { $0 } == [.seconds(7), .seconds(7), .seconds(7)])
            // A batch that is full with one event does not wait.
            for number in 0..<3 { try await sidecar.publish("single", "\(number)") }
            _ = await app.deliveries(atLeast: 6)
            #expect(waits.withLock { $0.count } == 3)
        }
    }

    @Test func `a dead letter waits for the subscriber of its topic, and holds up what comes after it`() async throws {
        let app = app()
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            app.hold()
            try await sidecar.publish("one", "1")
            _ = await app.deliveries(atLeast: 1)
            async let more: Void = {
                try await sidecar.publish("refused", "2")
                try await sidecar.publish("refused", "3")
            }()
            _ = await app.deliveries(atLeast: 2)
            app.setAnswers("/on/one", [.text(200)])
            app.release()
            try await more
            let deliveries = await app.deliveries(atLeast: 5)
            #expect(deliveries.filter { $0.path == "/on/one" }.map { $0.json?["data"]?.intValue } == [1, 2, 3])
        }
    }

    @Test func `a subscriber that waits for what it publishes to its own topic is stuck until the end`() async throws {
        let app = SelfPublishingApp()
        let resources = try LoadedResources(yaml: component("bus", "pubsub.in-memory"))
        var configuration = RuntimeConfiguration(appID: "contract")
        configuration.appPort = 8080
        configuration.gracefulShutdown = .seconds(10)
        let sidecar = SidecarRuntime(configuration: configuration, resources: resources, appChannel: app)
        app.sidecar.withLock { $0 = sidecar }
        try await sidecar.start()
        let life = Task { await sidecar.run() }
        try await untilReady(sidecar)
        try await sidecar.publish("own", "1")
        await untilWaiting(1, sidecar)
        await sidecar.announceStop()
        let isGraceful = await sidecar.stop()
        #expect(isGraceful, "the end lets the publisher go, and with it the handler")
        #expect(app.deliveries.withLock { $0 } == 1)
        await life.value
    }

    @Test func `a policy's timeout refuses a publish whose turn does not come, and its event comes all the same`()
        async throws
    {
        let policy = """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: {name: policies}
            spec: {policies: {timeouts: {short: 20ms}}, targets: {components: {bus: {outbound: {timeout: short}}}}}
            """
        let app = app()
        try await withSidecar(Self.files.merging(["r.yaml": policy]) { $1 }, app: app) { sidecar in
            try await untilReady(sidecar)
            app.hold()
            try await sidecar.publish("one", "1")
            let error = await #expect(throws: APIError.self) { try await sidecar.publish("one", "2") }
            #expect(error?.status == 500)
            #expect(error?.errorCode == "ERR_PUBSUB_PUBLISH_MESSAGE")
            #expect(error?.message.contains("context deadline exceeded") == true)
            app.release()
            #expect(await app.deliveries(atLeast: 2).map { $0.json?["data"]?.intValue } == [1, 2])
        }
    }
}

/// An application that answers a delivery only when it has published to the same topic.
private final class SelfPublishingApp: AppChannel {
    let sidecar = Mutex(SidecarRuntime?.none)
    let deliveries = Mutex(0)

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        switch request.target {
        case "/dapr/config": return AppResponse(status: 404)
        case "/dapr/subscribe":
            return .text(200, #"[{"pubsubname":"bus","topic":"own","route":"/on/own"}]"#)
        default:
            deliveries.withLock { $0 += 1 }
            do {
                try await sidecar.withLock { $0 }?.publish("own", "2")
            } catch {
                return AppResponse(status: 500)
            }
            return AppResponse(status: 200)
        }
    }
}
