import Testing

@testable import DaprSidecar

/// A retry policy that names statuses speaks of statuses, not of what a body asks for.
struct RetryMatchingTests {
    private static let subscriptions = """
        [{"pubsubname":"bus","topic":"one","route":"/on/one","deadLetterTopic":"dead"},
         {"pubsubname":"bus","topic":"many","route":"/on/many","deadLetterTopic":"dead",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":1,"maxAwaitDurationMs":1}},
         {"pubsubname":"bus","topic":"dead","route":"/on/dead"}]
        """
    private static let files = [
        "bus.yaml": component("bus", "pubsub.in-memory"),
        "r.yaml": """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: {name: policies}
        spec:
          policies: {retries: {some: {policy: constant, duration: 1ms, maxRetries: 3, matching: {httpStatusCodes: "500-599"}}}}
          targets: {components: {bus: {inbound: {retry: some}}}}
        """,
    ]

    @Test(arguments: [
        ("one", AppResponse.text(200, #"{"status":"RETRY"}"#), 4), ("one", .text(200, #"{"status":"MAYBE"}"#), 4),
        ("one", .text(503), 4), ("one", .text(418), 1), ("one", .text(425), 1), ("one", .text(302), 1),
        ("many", .text(200, #"{"statuses":[]}"#), 4), ("many", .text(200, "no JSON"), 4), ("many", .text(503), 4),
        ("many", .text(418), 1),
    ])
    func `RETRY in the body of a 200 is tried again, and other statuses only when the policy names them`(
        topic: String,
        answer: AppResponse,
        deliveries: Int
    ) async throws {
        let app = StubApp(
            subscriptions: Self.subscriptions,
            answers: ["/on/one": [answer], "/on/many": [answer], "/on/dead": [.text(200)]]
        )
        try await withSidecar(Self.files, app: app) { sidecar in
            try await untilReady(sidecar)
            try await sidecar.publish(topic, "1")
            let all = await app.deliveries(atLeast: deliveries + 1)
            #expect(all.filter { $0.path == "/on/\(topic)" }.count == deliveries)
            #expect(all.last?.path == "/on/dead")
        }
    }
}
