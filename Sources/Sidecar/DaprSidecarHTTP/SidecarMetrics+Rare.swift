import DaprMetrics
import DaprSidecar

/// Events that are too rare to keep their series in a cache.
extension SidecarMetrics {
    func egressEvents(_ component: String, _ topic: String, _ number: Int) {
        registry.counter(
            "dapr_component_pubsub_egress_bulk_event_count",
            help: "Events that bulk publishes brought to the broker.",
            labels: ["app_id", "component", "namespace", "success", "topic"]
        ).increment(by: number, appID, component, namespace, "true", topic)
    }

    func ingressEvents(_ component: String, _ topic: String, _ status: String, _ number: Int) {
        registry.counter(
            "dapr_component_pubsub_ingress_bulk_event_count",
            help: "Messages that came in bulk deliveries.",
            labels: ["app_id", "component", "namespace", "process_status", "topic"]
        ).increment(by: number, appID, component, namespace, status, topic)
    }

    func job(isSuccess: Bool, _ elapsed: Duration) {
        let operation = "job_trigger_op"
        registry.counter(
            "dapr_component_job_\(isSuccess ? "success" : "failure")_count",
            help: "Attempts of jobs that \(isSuccess ? "succeeded" : "failed").",
            labels: ["app_id", "namespace", "operation"]
        ).increment(appID, namespace, operation)
        registry.histogram(
            "dapr_component_job_latencies",
            help: "Milliseconds that the application took for a job.",
            labels: ["app_id", "namespace", "operation", "success"],
            buckets: SidecarMetrics.latencyBounds
        ).observe(elapsed.milliseconds, appID, namespace, operation, "\(isSuccess)")
    }

    func policy(_ name: String, _ target: PolicyTarget, _ policy: String, _ status: String) {
        registry.counter(
            "dapr_resiliency_\(name)",
            help: name == "count" ? "Calls under a policy." : "What policies did.",
            labels: Self.policyLabels
        ).increment(appID, target.direction, target.resource, namespace, policy, status, target.name)
    }

    func breaker(_ target: PolicyTarget, _ state: String) {
        let gauge = registry.gauge(
            "dapr_resiliency_cb_state",
            help: "1 for the state that a circuit breaker is in.",
            labels: Self.policyLabels
        )
        for one in ["closed", "half-open", "open", "unknown"] {
            gauge.set(
                one == state ? 1 : 0,
                appID,
                target.direction,
                target.resource,
                namespace,
                "circuitbreaker",
                one,
                target.name
            )
        }
    }

    func resiliencyLoaded(_ name: String) {
        registry.counter(
            "dapr_resiliency_loaded",
            help: "Resiliency resources that were loaded.",
            labels: ["app_id", "name", "namespace"]
        ).increment(appID, name, namespace)
    }

    func componentFailed(_ type: String, _ name: String) {
        registry.counter(
            "dapr_runtime_component_init_fail_total",
            help: "Components that could not be initialised.",
            labels: ["app_id", "component", "component_name", "reason"]
        ).increment(appID, type, name, "init")
    }

    private static var policyLabels: [String] {
        ["app_id", "flow_direction", "name", "namespace", "policy", "status", "target"]
    }
}

/// The labels of HTTP calls.
enum MetricLabel {
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "QUERY",
    ]

    /// The method if HTTP defines it, otherwise `UNKNOWN`.
    static func method(_ method: String) -> String { methods.contains(method) ? method : "UNKNOWN" }

    /// The path without the part that differs for every call: paths of state and secrets end with the store.
    static func path(_ path: String) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 3, omittingEmptySubsequences: true)
        guard parts.count > 3, parts[1].elementsEqual("state".utf8) || parts[1].elementsEqual("secrets".utf8) else {
            return path
        }
        return String(decoding: path.utf8[..<parts[2].endIndex], as: UTF8.self)
    }
}
