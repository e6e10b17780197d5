import DaprHTTP
import DaprJSON
import DaprSidecar
import Synchronization
import Testing

@testable import DaprSidecarHTTP

/// What others reported of invocations through a sidecar: names, paths, types, traces.
struct InvocationReportTests {
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private struct Given {
        let answer: HTTPResponse
        let seen: [AppRequest]
        /// What the application saw first.
        var first: AppRequest { get throws { try #require(seen.first) } }
    }

    /// Sends one call to a sidecar; gives the answer, and what the application saw.
    private func call(
        _ method: HTTPMethod = .get,
        _ target: String,
        _ headers: HTTPHeaders = [:],
        tokens: (api: String?, app: String?) = (nil, nil),
        access: APIAccess = APIAccess(),
        answer: AppResponse = AppResponse(status: 200, body: Array("x".utf8))
    ) async throws -> Given {
        let app = SeeingApp(answer)
        var configuration = RuntimeConfiguration(appID: "orders")
        configuration.appPort = 8080
        (configuration.apiToken, configuration.appAPIToken) = tokens
        var resources = LoadedResources()
        resources.components = [
            ComponentDefinition(name: "bus", type: "pubsub.in-memory"),
            ComponentDefinition(name: "store", type: "state.in-memory"),
        ]
        resources.configuration.api = access
        let runtime = SidecarRuntime(configuration: configuration, resources: resources, appChannel: app)
        try await runtime.start()
        let answer = await SidecarHandler(runtime: runtime).respond(
            to: HTTPRequest(method: method, target: target, headers: headers, body: [])
        )
        _ = await runtime.stop()
        return Given(answer: answer, seen: app.seen.withLock { $0 })
    }

    private func code(_ response: HTTPResponse) -> String? {
        (try? JSONValue(parsing: response.bytes))?["errorCode"]?.stringValue
    }

    @Test func `the header that names the application does not reach it, and counts more than the path`() async throws {
        let plain = try await call(.get, "/echo/x", ["dapr-app-id": "orders", "X-Mine": "1"])
        #expect(plain.seen.map(\.target) == ["/echo/x"])
        let names = try plain.first.names
        #expect(names.contains("x-mine"))
        #expect(!names.contains("dapr-app-id"))
        let both = try await call(.get, "/v1.0/invoke/other/method/x", ["dapr-app-id": "orders"])
        #expect(both.seen.map(\.target) == ["/v1.0/invoke/other/method/x"])
        let nobody = try await call(.get, "/v1.0/invoke/orders/method/x", ["dapr-app-id": "nobody"])
        #expect(nobody.answer.status.code == 500)
        #expect(nobody.seen.isEmpty)
        let other = try await call(.get, "/v1.0/state/store/k", ["dapr-app-id": "orders"])
        #expect(other.seen.isEmpty, "any other call of the API stays one")
        #expect(other.answer.status == .noContent)
    }

    @Test func `the caller's token goes through only where neither side has one`() async throws {
        let headers: HTTPHeaders = ["dapr-api-token": "mine"]
        let target = "/v1.0/invoke/orders/method/x"
        #expect(try await call(.get, target, headers).first.values("dapr-api-token") == ["mine"])
        let sidecars = try await call(.get, target, headers, tokens: ("mine", nil))
        #expect(try sidecars.first.values("dapr-api-token").isEmpty)
        let apps = try await call(.get, target, headers, tokens: (nil, "app"))
        #expect(try apps.first.values("dapr-api-token") == ["app"])
    }

    @Test(arguments: [
        ("a/%CC%81b", "/a/%CC%81b"), ("a%2Fb", "/a%2Fb"), ("a/", "/a/"), ("a?", "/a"), ("a?x=%2F", "/a?x=%2F"),
    ])
    func `a path reaches the application as it was meant`(path: String, target: String) async throws {
        #expect(try await call(.get, "/v1.0/invoke/orders/method/\(path)").seen.map(\.target) == [target])
    }

    @Test func `a path with a control character is refused as an invocation`() async throws {
        for target in ["/v1.0/invoke/orders/method/a%00b", "/v1.0/invoke/orders/method/a%0Ab"] {
            let refused = try await call(.get, target)
            #expect(refused.answer.status.code == 500)
            #expect(code(refused.answer) == "ERR_DIRECT_INVOKE")
            #expect(refused.seen.isEmpty)
        }
    }

    @Test(
        arguments: [
            (AppResponse(status: 200, body: Array("{}".utf8)), "text/plain; charset=utf-8"),
            (AppResponse(status: 200), nil),
            (AppResponse(status: 201), nil), (AppResponse(status: 302), nil),
            (AppResponse(status: 404), "application/json"),
            (AppResponse(status: 400, body: Array("no".utf8)), "application/json"),
            (AppResponse(status: 200, headers: [("content-encoding", "gzip")], body: [0x1F, 0x8B, 8]), nil),
            (AppResponse(status: 200, headers: [("content-type", "a/b")], body: [0x1F]), "a/b"),
        ] as [(AppResponse, String?)]
    )
    func `an answer without a type gets one by its body, and a refusal JSON's`(
        answer: AppResponse,
        type: String?
    )
        async throws
    {
        let given = try await call(.get, "/v1.0/invoke/orders/method/x", answer: answer)
        #expect(given.answer.headers["content-type"] == type)
    }

    @Test func `each cookie that an application sets has a line of its own`() async throws {
        let cookies = ["a=1; Path=/; Expires=Fri, 02 Jan 2026 03:04:05 GMT", "b=2"]
        let answer = AppResponse(status: 200, headers: cookies.map { ("Set-Cookie", $0) }, body: [0x31])
        let given = try await call(.get, "/v1.0/invoke/orders/method/x", answer: answer)
        #expect(given.answer.headers.values("set-cookie") == cookies)
    }

    @Test(arguments: ["configuration/x", "configuration", "subscribe/configuration/x", "v1.0/state/store", "healthz"])
    func `a method may be called as a building block is`(method: String) async throws {
        let given = try await call(.post, "/v1.0/invoke/orders/method/\(method)")
        #expect(given.answer.status == .ok)
        #expect(given.seen.map(\.target) == ["/\(method)"])
    }

    @Test func `of several lines of trace state and baggage the application gets the first`() async throws {
        var headers: HTTPHeaders = ["traceparent": Self.trace]
        for value in ["a=1", "b=2"] {
            headers.add("tracestate", value)
            headers.add("baggage", value)
        }
        let given = try await call(.get, "/v1.0/invoke/orders/method/x", headers)
        #expect(try given.first.values("tracestate") == ["a=1"])
        #expect(try given.first.values("baggage") == ["a=1"])
        #expect(given.answer.headers.values("baggage") == ["a=1,b=2"])
        let alone = try await call(.get, "/v1.0/invoke/orders/method/x", ["tracestate": "a=1"])
        #expect(try alone.first.values("tracestate").isEmpty, "nobody's state")
        #expect(try alone.first.values("traceparent") == [CallTrace.absent])
    }

    @Test(arguments: ["", "a=1", "a = 1;p=2", "a=%20", "a=%FF"])
    func `baggage that is empty or well formed passes`(baggage: String) async throws {
        let given = try await call(.get, "/v1.0/invoke/orders/method/x", ["baggage": baggage])
        #expect(given.answer.status == .ok)
        #expect(try given.first.values("baggage") == [baggage])
        let isEmpty = baggage.isEmpty
        if isEmpty { #expect(given.answer.headers["baggage"] == nil) }
    }

    @Test func `a question for health is answered whatever baggage it carries, and has no trace`() async throws {
        for target in ["/v1.0/healthz/outbound", "/v1.0/healthz"] {
            let given = try await call(.get, target, ["baggage": "nonsense", "traceparent": Self.trace])
            #expect([204, 500].contains(given.answer.status.code))
            #expect(given.answer.headers["traceparent"] == nil)
        }
        #expect(try await call(.get, "/v1.0/metadata", ["baggage": "nonsense"]).answer.status == .badRequest)
    }

    @Test(arguments: [
        (HTTPMethod.post, "/v1.0/bindings/b", 500, "ERR_INVOKE_OUTPUT_BINDING"),
        (.post, "/v1.0-alpha1/lock/l", 500, "ERR_LOCK_STORE_NOT_CONFIGURED"),
        (.get, "/v1.0/configuration/c?key=k", 500, "ERR_CONFIGURATION_STORE_NOT_CONFIGURED"),
        (.get, "/v1.0/configuration/c/subscribe", 500, "ERR_CONFIGURATION_STORE_NOT_CONFIGURED"),
        (.put, "/v1.0-alpha1/crypto/c/encrypt", 500, "ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED"),
        (.post, "/v1.0-alpha1/subtlecrypto/c/getkey", 501, "ERR_API_UNIMPLEMENTED"),
        (.delete, "/v1.0/actors/Cart/1/reminders/r", 400, "ERR_ACTOR_NO_PLACEMENT"),
        (.get, "/v1.0/workflows/dapr/x", 400, "ERR_ACTOR_NO_PLACEMENT"),
        (.post, "/v1.0-alpha2/conversation/c/converse", 400, "ERR_CONVERSATION_NOT_FOUND"),
    ])
    func `a building block that is not offered says so, with daprd's code`(
        method: HTTPMethod,
        target: String,
        status: Int,
        code: String
    ) async throws {
        let given = try await call(method, target)
        #expect(given.answer.status.code == status)
        #expect(self.code(given.answer) == code)
        #expect(String(decoding: given.answer.bytes, as: UTF8.self).contains("does not offer"))
    }

    @Test func `what the Configuration does not allow is no call`() async throws {
        var access = APIAccess()
        access.allowed = [.init(name: "state", version: "v1.0")]
        let closed = try await call(.get, "/v1.0/metadata", access: access)
        #expect(closed.answer.status == .notFound)
        #expect(closed.answer.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(try await call(.get, "/v1.0/state/store/k", access: access).answer.status == .noContent)
        #expect(try await call(.get, "/v1.0/healthz/outbound", access: access).answer.status == .noContent)
        let header = try await call(.get, "/x", ["dapr-app-id": "orders"], access: access)
        #expect(header.answer.status == .notFound)
        #expect(header.seen.isEmpty)

        access = APIAccess()
        access.denied = [.init(name: "metadata", version: "v1.0"), .init(name: "publish", version: "v1.0-alpha1")]
        let denied = try await call(.get, "/v1.0/metadata", access: access)
        #expect(code(denied.answer) == "ERR_DIRECT_INVOKE", "it falls through to an invocation")
        #expect(try await call(.get, "/v1.0/metadata", ["dapr-app-id": "orders"], access: access).seen.count == 1)
        #expect(try await call(.post, "/v1.0-alpha1/publish/bulk/bus/t", access: access).answer.status == .notFound)
        #expect(try await call(.post, "/v1.0/publish/bus/t", access: access).answer.status == .noContent)
    }
}

/// An application that gives one answer to everything and keeps what it was asked.
private final class SeeingApp: AppChannel {
    let seen = Mutex<[AppRequest]>([])
    private let answer: AppResponse

    init(_ answer: AppResponse) { self.answer = answer }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        seen.withLock { $0.append(request) }
        return answer
    }
}

extension AppRequest {
    fileprivate var names: [String] { headers.map { $0.name.lowercased() } }

    fileprivate func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
}
