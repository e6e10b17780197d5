import DaprMetrics
import DaprSidecar

/// Events that are too rare to keep their series in a cache.
extension SidecarMetrics {
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
}
