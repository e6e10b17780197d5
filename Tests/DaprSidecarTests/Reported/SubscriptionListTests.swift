import DaprJSON
import Testing

@testable import DaprSidecar

/// What the metadata document and bulk deliveries tell.
struct SubscriptionListTests {
    @Test func `a subscription that is not served is listed all the same, the declared ones first`() async throws {
        let subscriptions = """
            [{"pubsubname":"bus","topic":"one","route":"/on/one"},{"pubsubname":"nobus","topic":"x","route":"/on/x"},
             {"pubsubname":"bus","topic":"forbidden","route":"/on/f"},{"pubsubname":"bus","topic":"noroute"}]
            """
        let declared = """
            apiVersion: dapr.io/v1alpha1
            kind: Subscription
            metadata: {name: s}
            spec: {pubsubname: elsewhere, topic: declared, route: /on/d}
            """
        let bus = component("bus", "pubsub.in-memory", [("subscriptionScopes", "contract=one")])
        let app = StubApp(subscriptions: subscriptions, answers: [:])
        try await withSidecar(["bus.yaml": bus, "sub.yaml": declared], app: app) { sidecar in
            try await untilReady(sidecar)
            let document = try JSONValue(parsing: sidecar.metadataDocument())
            let topics = document["subscriptions"]?.arrayValue?.compactMap { $0["topic"]?.stringValue }
            #expect(topics == ["declared", "one", "x", "forbidden"])
        }
    }

    @Test func `an entry that was published without metadata has none for its subscriber`() async throws {
        let subscriptions = """
            [{"pubsubname":"bus","topic":"many","route":"/on/many","bulkSubscribe":{"enabled":true,"maxMessagesCount":1}}]
            """
        let app = StubApp(subscriptions: subscriptions, answers: ["/on/many": [.text(200)]])
        try await withSidecar(["bus.yaml": component("bus", "pubsub.in-memory")], app: app) { sidecar in
            try await untilReady(sidecar)
            let entries = #"""
                [{"entryId":"1","event":1,"contentType":"application/json"},
                 {"entryId":"2","event":1,"contentType":"application/json","metadata":{}},
                 {"entryId":"3","event":1,"contentType":"application/json","metadata":{"a":"b"}}]
                """#
            try await sidecar.publishBulk("bus", "many", body: Array(entries.utf8), metadata: [:], trace: CallTrace())
            try await sidecar.publish("many", "1")
            let found = await app.deliveries(atLeast: 4).map { $0.json?["entries"]?[0]?["metadata"] }
            // The entry that was started last runs first, as in daprd.
            #expect(found == [["a": "b"], .null, [:], [:]])
        }
    }
}
