import Dapr
import DaprHTTP
import DaprMetrics
import Foundation
import ServiceMetrics
import TasksDapr
import WebFront

extension Benchmark {
    /// What metrics cost of a request, in the service and in the development sidecar.
    static let metrics = Benchmark(
        title: "CPU of what is counted for a request, beside the request's",
        goals: ["metrics-server", "metrics-sidecar"]
    ) {
        let upstream = freePort()
        let share = try await withService(upstream: upstream) { app, service, headers in
            var counted: [Double] = []
            var requests: [Double] = []
            for _ in 0..<6 {
                counted.append(try await figure("bench", ["--as", "metrics"]))
                requests.append(
                    try await Load.microsecondsPerRequest(
                        service,
                        url: "http://127.0.0.1:\(app)/api/tasks/019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d",
                        headers: headers,
                        endings: 1000
                    )
                )
                say("a GET \(hundredths(requests.last ?? .nan)) us, what it counts \(counted.last ?? .nan) us")
            }
            return lowerQuartile(counted) / lowerQuartile(requests)
        }
        let sidecar = try await Comparison(
            Subject(name: "with metrics") { try await sidecarRead("--metrics-port=0") },
            to: Subject(name: "dev-sidecar without metrics") { try await sidecarRead("--enable-metrics=false") }
        ).ratios()
        return [
            Outcome(name: "metrics-server", value: share, relation: .atMost, bound: 0.03),
            Outcome(name: "metrics-sidecar", value: sidecar[0], relation: .atMost, bound: 1.03),
        ]
    }

    /// What a read of dev-sidecar's memory costs it.
    private static func sidecarRead(_ option: String) async throws -> Double {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A folder left among such does no harm.
        let store = """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: statestore}
            spec: {type: state.in-memory, version: v1, metadata: []}

            """
        try Data(store.utf8).write(to: folder.appendingPathComponent("store.yaml"))
        let port = freePort()
        let arguments = [
            "run", "--app-id", "bench", "--dapr-http-port", "\(port)", option, "--resources-path", folder.path,
        ]
        return try await Program.running("dev-sidecar", arguments, on: .measured, port: port) {
            try await Load.microsecondsPerRequest($0, url: "http://127.0.0.1:\(port)/v1.0/state/statestore/missing")
        }
    }

    /// Prints the CPU microseconds of what a task's GET counts when it has a call of its own: the request, the call and the read.
    static func sayCostOfCounting() {
        let registry = MetricsRegistry()
        let meter = RouteMeter(
            .get,
            "/api/tasks/{id}",
            requests: registry.counter(.requests),
            durations: registry.histogram(.requestDuration)
        )
        let calls = SidecarCallMeter(registry)
        let (reads, readCalls) = (registry.counter(.reads).child(), registry.counter(.readCalls).child())
        let call = DaprCall(operation: "GET state/{store}/{key}", component: "statestore")
        let rounds = 1_000_000
        let before = cpuMicroseconds()
        for _ in 0..<rounds {
            let begin = ContinuousClock.now
            let span = calls.begin(call)
            reads.increment()
            readCalls.increment()
            span.end(DaprCallEnd(error: nil, duration: .now - begin))
            meter.count(.ok, .now - begin)
        }
        say("\((cpuMicroseconds() - before) / Double(rounds))")
    }
}
