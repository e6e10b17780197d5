import DaprHTTP
import DaprJSON
import DaprSidecar
import Synchronization
import Testing

@testable import DaprSidecarHTTP

/// The API without a socket: a request value in, a response value out.
struct SidecarHandlerTests {
    private static let zeros = "00-00000000000000000000000000000000-0000000000000000-00"

    private func withAPI(
        apiToken: String? = nil,
        app: (any AppChannel)? = nil,
        onShutdownRequest: @escaping @Sendable (Bool) -> Void = { _ in },
        _ body: (SidecarHandler) async throws -> Void
    ) async throws {
        var configuration = RuntimeConfiguration(appID: "orders")
        configuration.apiToken = apiToken
        configuration.appAPIToken = "app-secret"
        configuration.appPort = app == nil ? nil : 8_080
        var resources = LoadedResources()
        resources.components = [
            ComponentDefinition(name: "store", type: "state.in-memory"),
            ComponentDefinition(name: "bus", type: "pubsub.in-memory"),
        ]
        let runtime = SidecarRuntime(
            configuration: configuration,
            resources: resources,
            appChannel: app,
            onShutdownRequest: onShutdownRequest
        )
        try await runtime.start()
        try await body(SidecarHandler(runtime: runtime, bodyLimit: 100))
        _ = await runtime.stop()
    }

    private func request(
        _ method: HTTPMethod,
        _ target: String,
        _ headers: HTTPHeaders = [:],
        body: String = ""
    ) -> HTTPRequest {
        HTTPRequest(method: method, target: target, headers: headers, body: Array(body.utf8))
    }

    private func code(_ response: HTTPResponse) throws -> String? {
        try JSONValue(parsing: response.bytes)["errorCode"]?.stringValue
    }

    @Test func `a value is saved and read back with its version as a raw ETag`() async throws {
        try await withAPI { api in
            let saved = await api.respond(
                to: request(.post, "/v1.0/state/store", body: #"[{"key":"a b","value":{"n":1}}]"#)
            )
            #expect(saved.status == .noContent)
            #expect(saved.headers["Content-Type"] == nil)
            let read = await api.respond(to: request(.get, "/v1.0/state/store/a+b"))
            #expect(read.status == .ok)
            #expect(read.headers["content-type"] == "application/json")
            #expect(String(decoding: read.bytes, as: UTF8.self) == #"{"n":1}"#)
            let etag = try #require(read.headers["etag"])
            #expect(!etag.contains("\""))
            let stale = await api.respond(to: request(.delete, "/v1.0/state/store/a%20b", ["If-Match": "other"]))
            #expect(stale.status == .conflict)
            let deleted = await api.respond(to: request(.delete, "/v1.0/state/store/a%20b", ["If-Match": etag]))
            #expect(deleted.status == .noContent)
            #expect(await api.respond(to: request(.get, "/v1.0/state/store/a%20b")).status == .noContent)
        }
    }

    @Test func `metadata of the query reaches the store, and the store's comes back as headers`() async throws {
        try await withAPI { api in
            let target = "/v1.0/state/store?metadata.ttlInSeconds=100&metadata.ttlInSeconds=1&broken=%zz"
            #expect(
                await api.respond(to: request(.post, target, body: #"[{"key":"k","value":1}]"#)).status == .noContent
            )
            let read = await api.respond(to: request(.get, "/v1.0/state/store/k"))
            #expect(read.headers["metadata.ttlExpireTime"]?.hasSuffix("Z") == true)
        }
    }

    @Test(arguments: [
        ("GET", "/"), ("PATCH", "/v1.0/state/store"), ("GET", "/v1.0/state/store/a/b"), ("POST", "/v1.0/publish/bus"),
    ])
    func `what is no call falls through to an invocation of nobody`(method: String, target: String) async throws {
        try await withAPI { api in
            let response = await api.respond(to: request(HTTPMethod(rawValue: method), target))
            #expect(response.status == .notFound)
            let code = try code(response)
            #expect(code == "ERR_DIRECT_INVOKE")
            #expect(response.headers["content-type"] == "application/json")
        }
    }

    @Test func `a broken escape is refused in plain text`() async throws {
        try await withAPI { api in
            let response = await api.respond(to: request(.get, "/v1.0/state/store/%zz"))
            #expect(response.status == .badRequest)
            #expect(response.headers["content-type"] == "text/plain; charset=utf-8")
        }
    }

    @Test func `an answer carries the caller's trace, or one of zeros`() async throws {
        try await withAPI { api in
            let target = "/v1.0/state/store/k"
            #expect(await api.respond(to: request(.get, target)).headers["traceparent"] == Self.zeros)
            #expect(await api.respond(to: request(.get, "/nothing")).headers["traceparent"] == Self.zeros)
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let headers: HTTPHeaders = ["traceparent": trace, "tracestate": "a=b", "baggage": "k=v;p=1, l = w"]
            let response = await api.respond(to: request(.get, target, headers))
            #expect(response.headers["traceparent"] == trace)
            #expect(response.headers["tracestate"] == "a=b")
            #expect(response.headers["baggage"] == "k=v;p=1, l = w")
        }
    }

    @Test(arguments: ["x", "a=b,", "=v", "a b=c", "a=b c", "a=\"", ",", "a=%zz", "a=%4", "a=1,,b=2"])
    func `malformed baggage is refused in plain text`(baggage: String) async throws {
        try await withAPI { api in
            let response = await api.respond(to: request(.get, "/v1.0/state/store/k", ["baggage": baggage]))
            #expect(response.status == .badRequest)
            #expect(response.headers["content-type"] == "text/plain; charset=utf-8")
        }
    }

    @Test func `with a token set, every call but those for health must carry it`() async throws {
        try await withAPI(apiToken: "secret") { api in
            for target in ["/v1.0/metadata", "/v1.0/state/store/k", "/nothing"] {
                for headers: HTTPHeaders in [[:], ["dapr-api-token": "wrong!"], ["dapr-api-token": ""]] {
                    let response = await api.respond(to: request(.get, target, headers))
                    #expect(response.status == .unauthorized)
                    #expect(String(decoding: response.bytes, as: UTF8.self) == "invalid api token\n")
                    #expect(response.headers["content-type"] == "text/plain; charset=utf-8")
                }
            }
            #expect(await api.respond(to: request(.get, "/v1.0/metadata", ["dapr-api-token": "secret"])).status == .ok)
            #expect(await api.respond(to: request(.get, "/v1.0/healthz/outbound")).status == .noContent)
            #expect(await api.respond(to: request(.get, "/v1.0/healthz")).status == .noContent)
        }
    }

    @Test(arguments: [
        ("/v1.0/state/store", 400, "ERR_MALFORMED_REQUEST"), ("/v1.0/state/store/bulk", 400, "ERR_MALFORMED_REQUEST"),
        ("/v1.0/state/store/transaction", 400, "ERR_MALFORMED_REQUEST"),
        ("/v1.0/publish/bus/t", 500, "ERR_PUBSUB_PUBLISH_MESSAGE"),
        ("/v1.0/publish/bulk/bus/t", 400, "ERR_PUBSUB_EVENTS_SER"),
        ("/v1.0/invoke/orders/method/x", 413, "ERR_DIRECT_INVOKE"),
    ])
    func `each building block has its own answer to a body that is too long`(
        target: String,
        status: Int,
        code: String
    ) async throws {
        try await withAPI { api in
            let response = await api.respond(to: request(.post, target, body: String(repeating: " ", count: 101)))
            #expect(response.status.code == status)
            let seen = try self.code(response)
            #expect(seen == code)
            #expect(response.headers["traceparent"] == Self.zeros)
        }
    }

    @Test func `metadata, health and shutdown are served`() async throws {
        let requests = Mutex<[Bool]>([])
        let note: @Sendable (Bool) -> Void = { forced in requests.withLock { $0.append(forced) } }
        try await withAPI(onShutdownRequest: note) { api in
            #expect(await api.respond(to: request(.put, "/v1.0/metadata/colour", body: "blue")).status == .noContent)
            let metadata = try JSONValue(parsing: await api.respond(to: request(.get, "/v1.0/metadata")).bytes)
            #expect(metadata["id"] == "orders")
            #expect(metadata["extended"]?["colour"] == "blue")
            #expect(await api.respond(to: request(.get, "/v1.0/healthz?appid=orders")).status == .noContent)
            #expect(
                try code(await api.respond(to: request(.get, "/v1.0/healthz?appid=x"))) == "ERR_HEALTH_APPID_NOT_MATCH"
            )
            #expect(await api.respond(to: request(.post, "/v1.0/shutdown")).status == .noContent)
            #expect(
                await api.respond(to: request(.post, "/v1.0/shutdown", ["dapr-force-shutdown": "true"])).status
                    == .noContent
            )
        }
        #expect(requests.withLock { $0 } == [false, true])
    }

    // MARK: Invocation

    @Test(
        arguments: [
            ("/v1.0/invoke/orders/method/a/b?x=1&y=%20", [:]),
            ("/v1.0/invoke/orders.default/method/a/b?x=1&y=%20", [:]),
            ("/a/b?x=1&y=%20", ["dapr-app-id": "orders"]),
            ("/a/b?x=1&y=%20", ["Authorization": "Basic ZGFwci1hcHAtaWQ6b3JkZXJz"]),
        ] as [(String, HTTPHeaders)]
    )
    func `every form of invocation reaches the application`(target: String, headers: HTTPHeaders) async throws {
        let app = RecordingApp(
            answer: AppResponse(status: 418, headers: [("X-Back", "1"), ("Date", "x")], body: Array("tea".utf8))
        )
        try await withAPI(app: app) { api in
            var headers = headers
            headers["X-Custom"] = "there"
            headers["dapr-api-token"] = "mine"
            let response = await api.respond(to: request(.patch, target, headers, body: "body"))
            #expect(response.status.code == 418)
            #expect(response.headers["x-back"] == "1")
            #expect(response.headers["date"] == nil)
            #expect(response.headers["content-type"] == "application/json")
            #expect(String(decoding: response.bytes, as: UTF8.self) == "tea")
            let seen = try #require(app.requests.first)
            #expect(seen.method == "PATCH")
            #expect(seen.target == "/a/b?x=1&y=%20")
            #expect(seen.body == Array("body".utf8))
            #expect(seen.headers.contains { $0 == ("X-Custom", "there") })
            #expect(seen.headers.filter { $0.name.lowercased() == "dapr-api-token" }.map(\.value) == ["app-secret"])
        }
    }

    @Test(arguments: [HTTPMethod.trace, .query])
    func `a method that would show the application's token is not passed on`(method: HTTPMethod) async throws {
        let app = RecordingApp(answer: AppResponse(status: 200, headers: [], body: []))
        try await withAPI(app: app) { api in
            let response = await api.respond(to: request(method, "/v1.0/invoke/orders/method/a"))
            #expect(response.status == .notImplemented)
            #expect(app.requests.isEmpty)
        }
    }

    @Test(arguments: [
        "Basic !!!", "Basic ZGFwcg==", "Basic eDp5", "Bearer ZGFwci1hcHAtaWQ6b3JkZXJz", "Basic ZGFwci1hcHAtaWQ6",
    ])
    func `other credentials name no application`(authorization: String) async throws {
        try await withAPI(app: RecordingApp(answer: AppResponse(status: 200))) { api in
            let response = await api.respond(to: request(.get, "/a", ["Authorization": authorization]))
            let code = try code(response)
            #expect(code == "ERR_DIRECT_INVOKE")
            #expect(response.status == .notFound)
        }
    }

    @Test func `an answer without a body gets no content type`() async throws {
        try await withAPI(app: RecordingApp(answer: AppResponse(status: 204))) { api in
            let response = await api.respond(to: request(.get, "/v1.0/invoke/orders/method/x"))
            #expect(response.status == .noContent)
            #expect(response.headers["content-type"] == nil)
        }
    }
}

/// An application that gives one answer to everything and keeps what it was asked.
private final class RecordingApp: AppChannel {
    private let answer: AppResponse
    private let seen = Mutex<[AppRequest]>([])

    init(answer: AppResponse) { self.answer = answer }

    var requests: [AppRequest] { seen.withLock { $0 } }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        seen.withLock { $0.append(request) }
        return answer
    }
}
