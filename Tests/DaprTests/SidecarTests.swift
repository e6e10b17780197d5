import Dapr
import TestSupport
import Testing

struct SidecarTests {
    @Test func `token, trace and limits go with every call`() async throws {
        let stub = StubTransport(.status(204), .status(204))
        let trace = try #require(
            TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=b")
        )
        let dapr = DaprClient(transport: stub, apiToken: "sidecar-token", timeout: .seconds(7), maximumAnswerBytes: 99)
        _ = try await dapr.getState("k", in: "store", trace: trace)
        try await dapr.with(timeout: .seconds(1)).publishEvent(json: [], to: "t", in: "bus", trace: trace)
        for request in stub.requests {
            #expect(request.header("dapr-api-token") == "sidecar-token")
            #expect(request.header("traceparent") == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            #expect(request.header("tracestate") == "a=b")
            #expect(request.maximumAnswerBytes == 99)
        }
        #expect(stub.requests.map(\.timeout) == [.seconds(7), .seconds(1)])
    }

    @Test func `an empty token is none, and one that breaks a header is not sent`() async throws {
        let stub = StubTransport(.status(204))
        _ = try await DaprClient(transport: stub, apiToken: "").getState("k", in: "store")
        #expect(stub.requests.first?.header("dapr-api-token") == nil)
        let broken = DaprClient(transport: stub, apiToken: "a\nx: y")
        let error = try await #require(throws: DaprError.self) { try await broken.getState("k", in: "store") }
        #expect(error.kind == .invalidArgument)
        #expect(stub.requests.count == 1)
    }

    @Test func `one secret is read with its keys`() async throws {
        let stub = StubTransport(.json(200, #"{"deep:x":"1","user":"u"}"#))
        let secret = try await DaprClient(transport: stub).getSecret(
            "nested/x",
            in: "multi",
            metadata: ["version_id": "2"]
        )
        #expect(secret == ["deep:x": "1", "user": "u"])
        #expect(stub.requests.first?.path == "/v1.0/secrets/multi/nested%2Fx?metadata.version_id=2")
    }

    @Test(arguments: [
        StubTransport.Answer.status(204),
        .json(
            500,
            #"{"errorCode":"ERR_SECRET_GET","message":"failed getting secret with key missing from secret store file: secret missing not found"}"#
        ),
        .json(500, #"{"errorCode":"ERR_SECRET_GET","message":"failed getting secret: secrets \"missing\" not found"}"#),
    ])
    func `a secret that the store does not have is nil`(answer: StubTransport.Answer) async throws {
        #expect(try await DaprClient(transport: StubTransport(answer)).getSecret("missing", in: "file") == nil)
    }

    @Test func `a secret called bulk is not taken for all secrets`() async throws {
        let stub = StubTransport()
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: stub).getSecret("bulk", in: "file")
        }
        #expect(error.kind == .invalidArgument)
        #expect(stub.requests.isEmpty)
    }

    @Test func `all secrets are read by name`() async throws {
        let stub = StubTransport(.json(200, #"{"empty":{"empty":""},"plain":{"plain":"s3cret"}}"#), .json(200, "{}"))
        let dapr = DaprClient(transport: stub)
        #expect(try await dapr.getBulkSecret(in: "file") == ["empty": ["empty": ""], "plain": ["plain": "s3cret"]])
        #expect(try await dapr.getBulkSecret(in: "file").isEmpty)
        #expect(stub.requests.first?.path == "/v1.0/secrets/file/bulk")
    }

    @Test func `metadata names components and subscriptions`() async throws {
        let stub = StubTransport(
            .json(
                200,
                """
                {"id":"contract","runtimeVersion":"1.18.3","enabledFeatures":["HotReload"],
                 "components":[{"name":"bus","type":"pubsub.in-memory","version":"v1","capabilities":["SUBSCRIBE_WILDCARDS"]},
                  {"name":"store","type":"state.in-memory"}],
                 "extended":{"daprRuntimeVersion":"1.18.3"},
                 "subscriptions":[{"pubsubname":"bus","topic":"rawtopic","metadata":{"rawPayload":"true"},
                  "rules":[{"match":"event.type == \\"x\\"","path":"/on/x"},{"path":"/on/raw"}],"deadLetterTopic":"","type":"PROGRAMMATIC"}],
                 "appConnectionProperties":{"port":8080},"scheduler":{"connected_addresses":[]}}
                """
            )
        )
        let metadata = try await DaprClient(transport: stub).getMetadata()
        #expect(stub.requests.first?.path == "/v1.0/metadata")
        #expect(metadata.id == "contract")
        #expect(metadata.runtimeVersion == "1.18.3")
        #expect(metadata.enabledFeatures == ["HotReload"])
        #expect(metadata.extended == ["daprRuntimeVersion": "1.18.3"])
        #expect(metadata.component("store")?.type == "state.in-memory")
        #expect(metadata.component("bus")?.capabilities == ["SUBSCRIBE_WILDCARDS"])
        #expect(metadata.component("none") == nil)
        let subscription = try #require(metadata.subscriptions.first)
        #expect(subscription.pubsub == "bus" && subscription.topic == "rawtopic" && subscription.type == "PROGRAMMATIC")
        #expect(subscription.deadLetterTopic == nil)
        #expect(subscription.metadata == ["rawPayload": "true"])
        #expect(subscription.rules.map(\.path) == ["/on/x", "/on/raw"])
        #expect(subscription.rules.map(\.match) == [#"event.type == "x""#, nil])
    }

    @Test func `metadata of a sidecar without anything reads as empty`() async throws {
        let metadata = try await DaprClient(transport: StubTransport(.json(200, #"{"id":"a"}"#))).getMetadata()
        #expect(metadata == SidecarMetadata(id: "a"))
    }

    @Test func `a value is added to the metadata as text`() async throws {
        let stub = StubTransport(.status(204))
        try await DaprClient(transport: stub).setMetadata("colour", to: "blue")
        #expect(stub.requests.first?.method == "PUT")
        #expect(stub.requests.first?.path == "/v1.0/metadata/colour")
        #expect(stub.requests.first?.header("content-type") == "text/plain")
        #expect(stub.requests.first?.bodyText == "blue")
    }

    @Test(arguments: [
        (StubTransport.Answer.status(204), true),
        (.json(500, #"{"errorCode":"ERR_HEALTH_NOT_READY","message":"dapr is not ready: [runtime]"}"#), false),
        (.json(500, #"{"errorCode":"ERR_OUTBOUND_HEALTH_NOT_READY","message":"not ready"}"#), false),
    ])
    func `health is a yes or no`(answer: StubTransport.Answer, healthy: Bool) async throws {
        let stub = StubTransport(answer, answer)
        let dapr = DaprClient(transport: stub)
        #expect(try await dapr.isHealthy() == healthy)
        #expect(try await dapr.isOutboundHealthy() == healthy)
        #expect(stub.requests.map(\.path) == ["/v1.0/healthz", "/v1.0/healthz/outbound"])
    }

    @Test func `shutdown is asked for, by force where told`() async throws {
        let stub = StubTransport(.status(204), .status(204))
        let dapr = DaprClient(transport: stub)
        try await dapr.shutdown()
        try await dapr.shutdown(force: true)
        #expect(stub.requests.map(\.method) == ["POST", "POST"])
        #expect(stub.requests.map(\.path) == ["/v1.0/shutdown", "/v1.0/shutdown"])
        #expect(stub.requests.map { $0.header("dapr-force-shutdown") } == [nil, "true"])
    }
}
