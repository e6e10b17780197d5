import Dapr
import TestSupport
import Testing

struct ConfigurationTests {
    @Test func `values are read by their keys`() async throws {
        let stub = StubTransport(
            .json(200, #"{"colour":{"value":"blue","version":"v1"},"size":{"value":"9"}}"#),
            .status(204),
            .json(200, #"{"a":{"value":"1","version":"","metadata":{"m":"n"}},"gone":{}}"#)
        )
        let dapr = DaprClient(transport: stub)
        let items = try await dapr.getConfiguration(["colour", "size"], in: "cfg")
        #expect(
            items == ["colour": ConfigurationItem(value: "blue", version: "v1"), "size": ConfigurationItem(value: "9")]
        )
        #expect(try await dapr.getConfiguration(["absent"], in: "cfg").isEmpty)
        let all = try await dapr.getConfiguration([], in: "my cfg", metadata: ["sentinelKey": "s"])
        #expect(
            all == ["a": ConfigurationItem(value: "1", metadata: ["m": "n"]), "gone": ConfigurationItem(value: "")]
        )
        #expect(stub.requests.allSatisfy { $0.method == "GET" && $0.body == nil && $0.mayRepeat })
        #expect(
            stub.requests.map(\.path) == [
                "/v1.0/configuration/cfg?key=colour&key=size", "/v1.0/configuration/cfg?key=absent",
                "/v1.0/configuration/my%20cfg?metadata.sentinelKey=s",
            ]
        )
    }

    @Test(arguments: ["[]", "<html>", #"{"colour":"blue"}"#])
    func `an answer that has no items is unreadable`(body: String) async throws {
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: StubTransport(.json(200, body))).getConfiguration(["colour"], in: "cfg")
        }
        #expect(error.kind == .unreadableAnswer)
        #expect(!error.outcomeUnknown)
    }

    @Test func `a subscription has an id, by which it ends`() async throws {
        let stub = StubTransport(.json(200, #"{"id":"73ba-1"}"#), .json(200, #"{"ok":true}"#), .status(200))
        let dapr = DaprClient(transport: stub)
        let id = try await dapr.subscribeConfiguration(["colour"], in: "cfg")
        #expect(id == "73ba-1")
        try await dapr.unsubscribeConfiguration(id, in: "cfg")
        try await dapr.unsubscribeConfiguration(id, in: "cfg")
        #expect(
            stub.requests.map(\.path) == [
                "/v1.0/configuration/cfg/subscribe?key=colour", "/v1.0/configuration/cfg/73ba-1/unsubscribe",
                "/v1.0/configuration/cfg/73ba-1/unsubscribe",
            ]
        )
        #expect(stub.requests.allSatisfy { $0.method == "GET" && !$0.mayRepeat })
    }

    @Test(arguments: [
        (
            500,
            #"{"message":"failed to unsubscribe to configuration request i: subscription with id i does not exist"}"#,
            DaprError.Kind.notFound
        ),
        (
            500,
            #"{"message":"failed to unsubscribe to configuration request i: subscription with id j does not exist"}"#,
            .outcomeUnknown
        ),
        (500, #"{"ok":false,"message":"down"}"#, .outcomeUnknown),
        (200, #"{"ok":false,"message":"no"}"#, .refused),
        (
            400, #"{"errorCode":"ERR_CONFIGURATION_STORE_NOT_FOUND","message":"configuration store none not found"}"#,
            .notConfigured
        ),
    ])
    func `an unsubscription that failed says whether there is one still`(
        status: Int,
        body: String,
        kind: DaprError.Kind
    ) async throws {
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: StubTransport(.json(status, body))).unsubscribeConfiguration("i", in: "cfg")
        }
        #expect(error.kind == kind)
        #expect(error.outcomeUnknown == (kind == .outcomeUnknown))
    }

    @Test(arguments: [
        (400, "ERR_CONFIGURATION_STORE_NOT_FOUND", DaprError.Kind.notConfigured, DaprError.Kind.notConfigured),
        (500, "ERR_CONFIGURATION_STORE_NOT_CONFIGURED", .notConfigured, .notConfigured),
        (500, "ERR_CONFIGURATION_GET", .refused, .outcomeUnknown),
        (500, "ERR_APP_CHANNEL_NIL", .refused, .refused),
        (404, "ERR_DIRECT_INVOKE", .notFound, .notFound),
    ])
    func `a refusal tells a missing store from a fault`(
        status: Int,
        code: String,
        read: DaprError.Kind,
        subscription: DaprError.Kind
    ) async throws {
        let answer = StubTransport.Answer.json(status, #"{"errorCode":"\#(code)","message":"no"}"#)
        let dapr = DaprClient(transport: StubTransport(answer, answer))
        let first = try await #require(throws: DaprError.self) {
            try await dapr.getConfiguration(["colour"], in: "none")
        }
        #expect(first.kind == read && first.component == "none")
        let second = try await #require(throws: DaprError.self) {
            try await dapr.subscribeConfiguration(["colour"], in: "none")
        }
        #expect(second.kind == subscription && second.errorCode == code)
    }

    @Test(arguments: ["{}", #"{"id":""}"#, "ok"])
    func `a subscription without an id is unreadable, and may be there`(body: String) async throws {
        let error = try await #require(throws: DaprError.self) {
            try await DaprClient(transport: StubTransport(.json(200, body))).subscribeConfiguration([], in: "cfg")
        }
        #expect(error.kind == .unreadableAnswer)
        #expect(error.outcomeUnknown)
    }

    @Test func `empty names are not sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.getConfiguration(["a"], in: "") },
            { _ = try await dapr.getConfiguration([""], in: "cfg") },
            { _ = try await dapr.subscribeConfiguration(["a"], in: "") },
            { _ = try await dapr.subscribeConfiguration(["a", ""], in: "cfg") },
            { try await dapr.unsubscribeConfiguration("i", in: "") },
            { try await dapr.unsubscribeConfiguration("", in: "cfg") },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }

    @Test func `an update is read from what the sidecar posts`() throws {
        let body = #"{"id":"73ba-1","items":{"colour":{"value":"red","version":"v2"}}}"#
        let update = try ConfigurationUpdate(decoding: Array(body.utf8))
        #expect(update.subscription == "73ba-1")
        #expect(update.items == ["colour": ConfigurationItem(value: "red", version: "v2")])
    }

    @Test(arguments: ["", "null", "[]", #"{"items":{}}"#, #"{"id":"i"}"#, #"{"id":"i","items":{"a":1}}"#])
    func `another body is no update`(body: String) {
        #expect(throws: DeliveryError.malformedBody(expected: "an object with id and items")) {
            try ConfigurationUpdate(decoding: Array(body.utf8))
        }
    }
}
