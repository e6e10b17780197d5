import DaprJSON
import DaprSidecar
import Synchronization
import Testing

/// What an application's answers do to a message.
@Suite struct DeliveryTests {
    private static let bus = ["bus.yaml": component("bus", "pubsub.in-memory")]
    private static let subscriptions = """
        [{"pubsubname":"bus","topic":"routed","routes":{"rules":[
            {"match":"event.type == \\"task.created\\"","path":"/on/created"},
            {"match":"event.type.startsWith(\\"task.\\")","path":"/on/task"},
            {"match":"event.data.priority > 5","path":"/on/urgent"}],"default":"/on/other"},"deadLetterTopic":"dead"},
         {"pubsubname":"bus","topic":"nodefault","routes":{"rules":[{"match":"event.type == \\"x\\"","path":"/on/x"}]}},
         {"pubsubname":"bus","topic":"answers","route":"on/answers"},
         {"pubsubname":"bus","topic":"poison","route":"/on/poison","deadLetterTopic":"dead"},
         {"pubsubname":"bus","topic":"dead","route":"/on/dead"},
         {"pubsubname":"bus","topic":"many.*","route":"/on/many"},
         {"pubsubname":"bus","topic":"noroute"},
         {"pubsubname":"other","topic":"x","route":"/on/x"},
         {"pubsubname":"bus","topic":"bulk","route":"/on/bulk","deadLetterTopic":"dead",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":3,"maxAwaitDurationMs":20}}]
        """
    private static let resiliency = """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: {name: policies}
        spec:
          policies:
            retries:
              often: {policy: constant, duration: 1ms, maxRetries: 3, matching: {httpStatusCodes: "200,500-599"}}
            timeouts: {short: 500ms}
          targets:
            components:
              bus: {inbound: {retry: often, timeout: short}}
        """

    private func app() -> StubApp {
        StubApp(
            subscriptions: Self.subscriptions,
            answers: [
                "/on/created": [.text(200)], "/on/task": [.text(200)], "/on/urgent": [.text(200)],
                "/on/other": [.text(200)],
                "/on/answers": [.text(200)], "/on/poison": [.text(200, #"{"status":"DROP"}"#)],
                "/on/dead": [.text(200)],
                "/on/many": [.text(200)],
            ]
        )
    }

    @Test(arguments: [
        ("task.created", "{}", "/on/created"), ("task.deleted", "{}", "/on/task"),
        ("other", #"{"priority":9}"#, "/on/urgent"),
        ("other", #"{"priority":1}"#, "/on/other"),
        // A rule that cannot be evaluated is a failure: the default route is not used.
        ("other", "{}", "/on/dead"), ("other", #"{"priority":"high"}"#, "/on/dead"),
    ])
    func `the first rule that holds gives the route`(type: String, data: String, path: String) async throws {
        let app = app()
        try await withSidecar(Self.bus, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("routed", data, ["cloudevent.type": type])
            #expect(await app.deliveries(atLeast: 1).map(\.path) == [path])
        }
    }

    @Test func `a message that no route takes is done with`() async throws {
        let app = app()
        try await withSidecar(Self.bus, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("nodefault", "1", ["cloudevent.type": "y"])
            try await sidecar.publish("answers", "1")
            #expect(await app.deliveries(atLeast: 1).map(\.path) == ["/on/answers"])
        }
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        var status: Int
        var body = ""
        /// Deliveries without a policy, and with three retries for 200 and 5xx.
        var retried: Int
        var isDead: Bool
        var testDescription: String { "\(status) \(body)" }
    }

    @Test(arguments: [
        Answer(status: 200, retried: 1, isDead: false), Answer(status: 204, retried: 1, isDead: false),
        Answer(status: 201, retried: 1, isDead: false), Answer(status: 200, body: "fine", retried: 1, isDead: false),
        Answer(status: 200, body: "{}", retried: 1, isDead: false),
        Answer(status: 200, body: #"{"status":""}"#, retried: 1, isDead: false),
        Answer(status: 200, body: #"{"status":"SUCCESS"}"#, retried: 1, isDead: false),
        Answer(status: 200, body: "[{", retried: 1, isDead: false),
        Answer(status: 200, body: #"{"status":5}"#, retried: 1, isDead: false),
        Answer(status: 200, body: #"{"status":"DROP"}"#, retried: 1, isDead: true),
        Answer(status: 404, retried: 1, isDead: true),
        Answer(status: 200, body: #"{"status":"RETRY"}"#, retried: 4, isDead: true),
        Answer(status: 200, body: #"{"status":"MAYBE"}"#, retried: 4, isDead: true),
        Answer(status: 200, body: #"{"status":"success"}"#, retried: 4, isDead: true),
        Answer(status: 500, retried: 4, isDead: true), Answer(status: 503, retried: 4, isDead: true),
        // A policy with `matching` does not try other statuses again.
        Answer(status: 302, retried: 1, isDead: true), Answer(status: 400, retried: 1, isDead: true),
        // No answer in time: there is no status that could fail to match.
        Answer(status: 0, retried: 4, isDead: true),
    ])
    func `the answer decides between done, retry and dead letter`(answer: Answer) async throws {
        for (files, count) in [(Self.bus, 1), (Self.bus.merging(["r.yaml": Self.resiliency]) { $1 }, answer.retried)] {
            let app = app()
            app.setAnswers("/on/poison", [AppResponse(status: answer.status, body: Array(answer.body.utf8))])
            try await withSidecar(files, app: app) { sidecar in
                try await untilReady(sidecar)
                try await sidecar.publish("poison", "1")
                // The last one in the queue proves that the first is through.
                let through = count + (answer.isDead ? 1 : 0)
                var deliveries = await app.deliveries(atLeast: through)
                app.setAnswers("/on/poison", [.text(200)])
                try await sidecar.publish("poison", "2")
                deliveries = await app.deliveries(atLeast: through + 1)
                #expect(deliveries.filter { $0.path == "/on/poison" }.count == count + 1)
                let dead = deliveries.filter { $0.path == "/on/dead" }
                #expect(dead.count == (answer.isDead ? 1 : 0))
                if let dead = dead.first { #expect(dead.body == deliveries[0].body) }
            }
        }
    }

    @Test func `a policy's timeout bounds each attempt`() async throws {
        let app = app()
        try await withSidecar(Self.bus.merging(["r.yaml": Self.resiliency]) { $1 }, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("answers", "1")
            #expect(await app.deliveries(atLeast: 1).first?.timeout == .milliseconds(500))
        }
    }

    @Test func `messages of a subscription come one after another, in order`() async throws {
        let app = app()
        try await withSidecar(Self.bus, app: app) { sidecar in
            try await untilReady(sidecar)
            app.hold()
            async let published: Void = {
                for number in 0..<20 { try await sidecar.publish("answers", "\(number)") }
            }()
            #expect(await app.deliveries(atLeast: 2, within: .milliseconds(50)).count == 1)
            app.release()
            try await published
            #expect(await app.deliveries(atLeast: 20).map { $0.json?["data"]?.intValue } == Array(0..<20))
        }
    }

    @Test func `every subscription of a topic gets the message, also one with a wildcard`() async throws {
        let app = app()
        try await withSidecar(Self.bus, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("many.things", "1")
            try await sidecar.publish("manythings", "2")
            let deliveries = await app.deliveries(atLeast: 1)
            #expect(deliveries.map(\.path) == ["/on/many"])
            #expect(deliveries.first?.json?["topic"] == "many.things")
        }
    }

    @Test func `an expired message is not delivered`() async throws {
        let app = app()
        try await withSidecar(Self.bus, app: app, surroundings: Surroundings(now: Ticking().next)) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("answers", "1", ["ttlInSeconds": "0"])
            try await sidecar.publish("answers", "2", ["ttlInSeconds": "100000"])
            #expect(await app.deliveries(atLeast: 1).map { $0.json?["data"]?.intValue } == [2])
        }
    }

    @Test func `what is no JSON object goes to the dead letter topic, where only a raw subscription can read it`()
        async throws
    {
        let app = app()
        let events = Events()
        let failures = {
            events.map {
                if case .deliveryFailed(_, let topic, _, let dead) = $0 { "\(topic)>\(dead ?? "")" } else { nil }
            }
        }
        try await withSidecar(
            Self.bus,
            app: app,
            events: events
        ) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("poison", "text", ["rawPayload": "true"])
            let deadline = ContinuousClock.now + .seconds(10)
            while failures().count < 2 && ContinuousClock.now < deadline { await Task.yield() }
            #expect(failures() == ["poison>dead", "dead>"])
            #expect(app.deliveries.isEmpty)
        }
    }

    @Test func `a bulk delivery has one entry, whose answer counts`() async throws {
        let app = app()
        let files = Self.bus.merging(["r.yaml": Self.resiliency]) { $1 }
        let identifiers = Counter()
        try await withSidecar(files, app: app, surroundings: Surroundings(newUUID: { "id-\(identifiers.next())" })) {
            sidecar in
            try await untilReady(sidecar)
            app.setAnswers("/on/bulk", [.text(200), .text(404)])
            let body = (0..<3).map { #"{"entryId":"\#($0)","event":{"i":\#($0)},"contentType":"application/json"}"# }
                .joined(separator: ",")
            try await sidecar.publishBulk(
                "bus",
                "bulk",
                body: Array("[\(body)]".utf8),
                metadata: [:],
                trace: CallTrace()
            )
            let deliveries = await app.deliveries(atLeast: 7)
            let bulk = deliveries.filter { $0.path == "/on/bulk" }
            // An answer without statuses means that the entry is tried again; then 404 drops each of them.
            #expect(bulk.count == 4)
            #expect(bulk.first?.header("content-type") == "application/json")
            let first = try #require(bulk.first?.json)
            #expect(bulk.allSatisfy { $0.json?["entries"]?.arrayValue?.count == 1 })
            #expect(
                first["topic"] == "bulk" && first["pubsubname"] == "bus" && first["type"] == "com.dapr.event.sent.bulk"
            )
            #expect(first["metadata"] == ["pubsubName": "bus"])
            let entry = try #require(first["entries"]?[0])
            #expect(entry["contentType"] == "application/cloudevents+json" && entry["metadata"] == .null)
            #expect(entry["event"]?["data"]?["i"] == 2, "the entry that was started last runs first, as in daprd")
            #expect(deliveries.filter { $0.path == "/on/dead" }.count == 3)
        }
    }

    @Test func `a subscription without a route or without its component is left out and named`() async throws {
        let events = Events()
        try await withSidecar(
            Self.bus,
            app: app(),
            events: events
        ) { sidecar in
            try await untilReady(sidecar)
            let ignored = events.map {
                if case .subscriptionIgnored(let pubsub, let topic, _) = $0 { "\(pubsub)/\(topic)" } else { nil }
            }
            #expect(ignored == ["bus/noroute", "other/x"])
        }
    }

    @Test func `declared subscriptions count beside the application's, which replace those of the same topic`()
        async throws
    {
        let declared = """
            apiVersion: dapr.io/v2alpha1
            kind: Subscription
            metadata: {name: a}
            spec: {pubsubname: bus, topic: declared, routes: {rules: [{match: event.type == "a", path: /on/a}], default: /on/b}}
            scopes: [contract]
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Subscription
            metadata: {name: b}
            spec: {pubsubname: bus, topic: answers, route: /on/never}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Subscription
            metadata: {name: c}
            spec: {pubsubname: bus, topic: foreign, route: /on/foreign}
            scopes: [someone-else]
            """
        let app = app()
        app.setAnswers("/on/a", [.text(200)])
        try await withSidecar(Self.bus.merging(["sub.yml": declared]) { $1 }, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish("foreign", "1")
            try await sidecar.publish("declared", "1", ["cloudevent.type": "a"])
            _ = await app.deliveries(atLeast: 1)
            try await sidecar.publish("declared", "1", ["cloudevent.type": "z"])
            _ = await app.deliveries(atLeast: 2)
            try await sidecar.publish("answers", "1")
            #expect(await app.deliveries(atLeast: 3).map(\.path) == ["/on/a", "/on/b", "/on/answers"])
        }
    }
}

/// A clock that goes on by a second each time it is read.
private final class Ticking: Sendable {
    private let seconds = Mutex(1_767_323_045)

    @Sendable func next() -> WallTime {
        seconds.withLock { seconds in
            seconds += 1
            return WallTime(seconds: seconds)
        }
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
