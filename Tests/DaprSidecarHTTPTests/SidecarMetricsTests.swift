import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import DaprSidecar
import DaprText
import Synchronization
import TestTools
import Testing

@testable import DaprSidecarHTTP

/// What is read at the metrics port, and what the ways to and from the sidecar count.
@Suite struct SidecarMetricsTests {
    /// A sidecar with metrics and an application; `metricsPort` is what the flag says.
    private func withMeteredService(
        metricsPort: Int = 0,
        takesAnyPort: Bool = false,
        app: (any HTTPHandler)? = nil,
        _ body: (SidecarService, CurlClient) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        let server = app.map {
            HTTPServer(HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0)), on: loops, handler: $0)
        }
        try await server?.start()
        var runtime = RuntimeConfiguration(appID: "orders")
        runtime.namespace = "shop"
        runtime.appPort = server?.port
        runtime.appHealthCheck = app == nil ? nil : AppHealthCheck()
        var configuration = SidecarService.Configuration(runtime: runtime)
        configuration.metricsAddress = .tcp(host: "127.0.0.1", port: metricsPort)
        configuration.takesAnyMetricsPort = takesAnyPort
        var resources = LoadedResources()
        resources.components = [
            ComponentDefinition(name: "store", type: "state.in-memory"),
            ComponentDefinition(name: "bus", type: "pubsub.in-memory"),
            ComponentDefinition(name: "env", type: "secretstores.local.env"),
            ComponentDefinition(name: "kafka", type: "pubsub.kafka", ignoresErrors: true),
        ]
        var resiliency = ResiliencyDefinition(name: "res", place: ResourcePlace(file: "r.yaml", line: 1))
        resiliency.breakers["DefaultStatestoreComponentOutboundCircuitBreakerPolicy"] = BreakerPolicy()
        resources.resiliencies = [resiliency]
        resources.configuration.recordsErrorCodes = true
        let service = try SidecarService(configuration, resources: resources, on: loops)
        let client = try CurlClient(on: loops)
        do {
            try await service.start()
            try await body(service, client)
        } catch {
            await client.shutdown()
            _ = await service.stop()
            await server?.drain(within: .zero)
            throw error
        }
        await client.shutdown()
        _ = await service.stop()
        await server?.drain(within: .zero)
    }

    @Test func `every path of the metrics port tells what happened, under daprd's names and labels`() async throws {
        let app = CountedApp()
        try await withMeteredService(app: app) { service, client in
            let api = "http://127.0.0.1:\(service.port)/v1.0"
            func call(_ method: String, _ path: String, _ body: String = "") async throws {
                let request = CurlRequest(method: method, url: api + path, body: body.isEmpty ? nil : Array(body.utf8))
                _ = try await client.send(request)
            }
            let metrics = { () async throws -> String in
                let port = try #require(service.metricsPort)
                let answer = try await client.send(CurlRequest(method: "GET", url: "http://127.0.0.1:\(port)/any/path"))
                #expect(answer.status == 200)
                return String(decoding: answer.body, as: UTF8.self)
            }
            // Without a health check's answer there is no delivery: the first event shows that there are.
            try await eventually {
                try await call("POST", "/publish/bus/t", "1")
                return try await metrics().contains("dapr_component_pubsub_ingress_count{")
            }
            try await call("POST", "/state/store", #"[{"key":"a","value":1}]"#)
            try await call("GET", "/state/store/a")
            try await call("GET", "/state/store/b")
            try await call("POST", "/state/store", #"[{"key":"a","value":1,"etag":"stale"}]"#)
            try await call("GET", "/secrets/env/HOME")
            try await call("GET", "/nowhere")
            try await call("POST", "/jobs/j", #"{"dueTime":"0s"}"#)
            try await eventually { try await metrics().contains("dapr_component_job_success_count{") }
            let text = try await metrics()
            let component = #"app_id="orders",component="#
            for line in [
                #"dapr_http_server_request_count{app_id="orders",method="GET",path="/v1.0/state/store",status="200"} 1"#,
                #"dapr_http_server_request_count{app_id="orders",method="GET",path="/v1.0/state/store",status="204"} 1"#,
                #"dapr_http_server_response_count{app_id="orders",method="POST",path="/v1.0/state/store",status="409"} 1"#,
                #"dapr_http_server_latency_count{app_id="orders",method="GET",path="/v1.0/nowhere",status="404"} 1"#,
                #"dapr_component_state_count{\#(component)"store",namespace="shop",operation="get",success="true"} 2"#,
                #"dapr_component_state_count{\#(component)"store",namespace="shop",operation="set",success="false"} 1"#,
                #"dapr_component_state_latencies_count{\#(component)"store",namespace="shop",operation="set",success="true"} 1"#,
                #"dapr_component_secret_count{\#(component)"env",namespace="shop",operation="get",success="true"} 1"#,
                #"dapr_component_job_success_count{app_id="orders",namespace="shop",operation="job_trigger_op"} 1"#,
                #"dapr_http_client_completed_count{app_id="orders",method="POST",path="/job/j",status="200"} 1"#,
                #"dapr_error_code_total{app_id="orders",category="service-invocation",error_code="ERR_DIRECT_INVOKE"} 1"#,
                #"dapr_error_code_total{app_id="orders",category="state",error_code="ERR_STATE_SAVE"} 1"#,
                #"dapr_http_healthprobes_completed_count{app_id="orders",status="200"}"#,
                #"dapr_runtime_component_loaded{app_id="orders"} 3"#,
                #"dapr_runtime_component_init_total{app_id="orders",component="state.in-memory"} 1"#,
                #"dapr_runtime_component_init_fail_total{app_id="orders",component="pubsub.kafka",component_name="kafka",reason="init"} 1"#,
                #"dapr_resiliency_loaded{app_id="orders",name="res",namespace="shop"} 1"#,
                #"dapr_resiliency_count{app_id="orders",flow_direction="outbound",name="res",namespace="shop",policy="circuitbreaker",status="closed",target="Statestore_store"} 4"#,
                #"policy="circuitbreaker",status="closed",target="Statestore_store"} 1"#,
                #"process_status="success",status="success",topic="t"}"#,
                #"dapr_component_pubsub_egress_count{\#(component)"bus",namespace="shop",success="true",topic="t"}"#,
            ] {
                #expect(text.contains(line), "missing: \(line)")
            }
        }
    }

    @Test func `a taken port is refused where it was asked for, and left for another where it was not`() async throws {
        try await withMeteredService { first, _ in
            let taken = try #require(first.metricsPort)
            let error = await #expect(throws: SidecarServiceError.self) {
                try await withMeteredService(metricsPort: taken) { _, _ in }
            }
            #expect(error?.description.contains("--metrics-port") == true)
            try await withMeteredService(metricsPort: taken, takesAnyPort: true) { second, _ in
                #expect(second.metricsPort != nil && second.metricsPort != taken)
            }
        }
    }

    @Test(arguments: [
        ("/v1.0/state/store/key", "/v1.0/state/store"), ("/v1.0/state/store", "/v1.0/state/store"),
        ("/v1.0/state/store/a/b/c", "/v1.0/state/store"), ("//v1.0//secrets/s/name", "//v1.0//secrets/s"),
        ("/v1.0/publish/bus/topic", "/v1.0/publish/bus/topic"), ("/", "/"), ("", ""), ("/v1.0/state", "/v1.0/state"),
        ("/v1.0/state/store/", "/v1.0/state/store/"), ("/v1.0/states/store/key", "/v1.0/states/store/key"),
        ("/v1.0/stats/store/key", "/v1.0/stats/store/key"), ("/job/j?a=/b", "/job/j"),
        ("/v1.0/state/store?x", "/v1.0/state/store"),
        ("/v1.0/state/store/key?x", "/v1.0/state/store"), ("/state?x/y", "/state"),
    ])
    func `a path is counted without its key`(path: String, label: String) {
        #expect(String(decoding: path.utf8.prefix(MetricLabel.length(of: path)), as: UTF8.self) == label)
    }

    @Test(arguments: [
        ("ERR_DIRECT_INVOKE", "service-invocation"), ("ERR_MALFORMED_REQUEST", "common"), ("ERR_STATE_GET", "state"),
        ("ERR_NOT_SUPPORTED_STATE_OPERATION", "state"), ("ERR_PUBSUB_EVENTS_SER", "pubsub"),
        ("ERR_SECRET_STORES_NOT_CONFIGURED", "secret"), ("ERR_PERMISSION_DENIED", "secret"),
        ("ERR_OUTBOUND_HEALTH_NOT_READY", "health"), ("DAPR_SCHEDULER_GET_JOB", "job"), ("ERR_INTERNAL", "common"),
    ])
    func `a refusal is counted under the part of the API that it comes from`(code: String, category: String) {
        var error = APIError(status: 400, errorCode: code, message: "no")
        #expect(error.category == category)
        error.details = [.reason("DAPR_STATE_ILLEGAL_KEY", metadata: nil)]
        #expect(error.category == (code == "ERR_MALFORMED_REQUEST" ? "state" : category))
    }

    @Test func `so many calls of the application are under way at a time, and health is asked all the same`()
        async throws
    {
        let gate = GatedApp()
        let channel = LimitedAppChannel(channel: gate, limit: 2)
        let calls = (0..<4).map { _ in Task { try await channel.send(AppRequest(method: "GET", target: "/x")).status } }
        try await eventually { gate.count == 2 }
        var probe = AppRequest(method: "GET", target: "/healthz")
        probe.isHealthProbe = true
        #expect(try await channel.send(probe).status == 204)
        calls[3].cancel()
        calls[2].cancel()
        gate.open()
        var ends: [Int?] = []
        for call in calls { ends.append(try? await call.value) }
        // Which two were let through is not said; those that waited were cancelled.
        #expect(ends.compactMap(\.self).allSatisfy { $0 == 200 } && gate.most == 2)
        #expect(try await channel.send(AppRequest(method: "GET", target: "/x")).status == 200)
    }
}

/// An application that takes everything.
private struct CountedApp: HTTPHandler {
    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 1 << 20) { request in
            guard request.path == "/dapr/subscribe" else { return HTTPResponse(.ok) }
            return HTTPResponse(.ok, body: Array(#"[{"pubsubname":"bus","topic":"t","route":"/on/t"}]"#.utf8))
        }
    }
}

/// An application whose answers wait until it is opened.
private final class GatedApp: AppChannel {
    private let state = Mutex<(isOpen: Bool, running: Int, most: Int)>((false, 0, 0))

    var count: Int { state.withLock { $0.running } }
    var most: Int { state.withLock { $0.most } }
    func open() { state.withLock { $0.isOpen = true } }

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        if request.isHealthProbe { return AppResponse(status: 204) }
        state.withLock { state in
            state.running += 1
            state.most = max(state.most, state.running)
        }
        while !state.withLock({ $0.isOpen }) { await Task.yield() }
        state.withLock { $0.running -= 1 }
        return AppResponse(status: 200)
    }
}
