import DaprHTTP
import DaprJSON
import DaprSidecar
import Synchronization
import Testing

@testable import DaprSidecarHTTP

/// Trace headers of answers, events, deliveries and invocations, by what `spec.tracing` says.
@Suite struct TracingTests {
    private static let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let zeros = "00-00000000000000000000000000000000-0000000000000000-00"

    struct Row: Sendable, CustomTestStringConvertible {
        var tracing: Tracing.Mode
        var environment: [String: String] = [:]
        var caller: String?
        /// What the answer, the event, the delivery and the invocation carry: `given`, `zeros`, `none`, `empty`, `span` (of the
        /// caller's trace) or `new`.
        var expected: [String]
        var testDescription: String { "\(tracing) \(caller ?? "no caller's trace")" }
    }

    @Test(arguments: [
        Row(tracing: .passThrough, expected: ["zeros", "empty", "zeros", "zeros"]),
        Row(tracing: .passThrough, caller: "nonsense", expected: ["zeros", "empty", "zeros", "nonsense"]),
        Row(tracing: .passThrough, caller: given, expected: ["given", "given", "given", "given"]),
        Row(tracing: .off, expected: ["none", "empty", "none", "none"]),
        Row(tracing: .off, caller: given, expected: ["none", "empty", "none", "given"]),
        Row(tracing: .spans(rate: 1), expected: ["new-01", "new-01", "new-01", "new-01"]),
        Row(tracing: .spans(rate: 0.0001), expected: ["new-00", "new-00", "new-00", "new-00"]),
        Row(tracing: .spans(rate: 0.0001), caller: given, expected: ["span", "span", "span", "span"]),
        Row(tracing: .spans(rate: 1), caller: "nonsense", expected: ["new-01", "new-01", "new-01", "new-01"]),
        Row(
            tracing: .passThrough,
            environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"],
            expected: ["new-01", "new-01", "new-01", "new-01"]
        ),
    ])
    func `a trace goes on as it is configured`(row: Row) async throws {
        let app = TracedApp()
        var configuration = RuntimeConfiguration(appID: "orders")
        configuration.appPort = 8080
        configuration.environment = row.environment
        var resources = LoadedResources()
        resources.components = [ComponentDefinition(name: "bus", type: "pubsub.in-memory")]
        resources.configuration.tracing = Tracing(row.tracing)
        let runtime = SidecarRuntime(
            configuration: configuration,
            resources: resources,
            appChannel: app,
            surroundings: Surroundings(random: { 0.5 })
        )
        try await runtime.start()
        let life = Task { await runtime.run() }
        let api = SidecarHandler(runtime: runtime)
        let headers: HTTPHeaders = row.caller.map { ["traceparent": $0] } ?? [:]
        let deadline = ContinuousClock.now + .seconds(10)
        while (try? runtime.checkHealth(appID: nil)) == nil, ContinuousClock.now < deadline { await Task.yield() }
        let answer = await api.respond(
            to: HTTPRequest(method: .post, target: "/v1.0/publish/bus/t", headers: headers, body: Array("1".utf8))
        )
        _ = await api.respond(
            to: HTTPRequest(method: .get, target: "/v1.0/invoke/orders/method/x", headers: headers, body: [])
        )
        while app.request("/on/t") == nil, ContinuousClock.now < deadline { await Task.yield() }
        let delivery = try #require(app.request("/on/t"))
        let event = try JSONValue(parsing: delivery.body)["traceparent"]?.stringValue
        let found = [
            answer.headers["traceparent"], event, delivery.traceparent,
            try #require(app.request("/x")).traceparent,
        ]
        #expect(found.map(Self.kind) == row.expected)
        _ = await runtime.stop()
        await life.value
    }

    private static func kind(_ text: String?) -> String {
        guard let text else { return "none" }
        if text.isEmpty { return "empty" }
        if text == zeros { return "zeros" }
        if text == given { return "given" }
        let parts = text.split(separator: "-").map(String.init)
        guard parts.map(\.count) == [2, 32, 16, 2] else { return text }
        return parts[1] == "0af7651916cd43dd8448eb211c80319c" ? "span" : "new-\(parts[3])"
    }
}

/// An application that remembers what it was sent.
private final class TracedApp: AppChannel {
    private let requests = Mutex<[AppRequest]>([])

    func request(_ target: String) -> AppRequest? { requests.withLock { $0.first { $0.target == target } } }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        requests.withLock { $0.append(request) }
        guard request.target == "/dapr/subscribe" else { return AppResponse(status: 200) }
        return AppResponse(status: 200, body: Array(#"[{"pubsubname":"bus","topic":"t","route":"/on/t"}]"#.utf8))
    }
}

extension AppRequest {
    fileprivate var traceparent: String? { headers.first { $0.name.lowercased() == "traceparent" }?.value }
}
