package import DaprMetrics
package import DaprSidecar

/// The sidecar's metrics, with daprd's names and labels, so that a dashboard for one works with the other.
///
/// A series appears with its first event. https://docs.dapr.io/operations/observability/metrics/
package final class SidecarMetrics: Sendable {
    /// The metrics that the metrics port serves.
    package let registry = MetricsRegistry()

    let appID: String
    let namespace: String
    let refusals: Counter
    let egressEvents: Counter
    let ingressEvents: Counter
    let jobs: ChildCache<Bool, Operation>
    let policies: ChildCache<PolicyKey, CounterChild>
    let breakers: ChildCache<PolicyTarget, BreakerStates>
    let topics = BoundedLabel()
    private let paths = BoundedLabel()
    private let serverCalls: ChildCache<CallKey, ServerCall>
    private let appCalls: ChildCache<CallKey, AppCall>
    private let operations: ChildCache<OperationKey, Operation>
    // In front of them, by what comes in instead of by labels.
    private let recentServerCalls = SeriesCache<ServerCall>()
    private let recentAppCalls = SeriesCache<AppCall>()
    private let recentOperations = SeriesCache<Operation>()
    private let serverRequestBytes: HistogramChild
    private let serverResponseBytes: HistogramChild
    private let appReceivedBytes: HistogramChild
    private let probes: ChildCache<Int, Operation>

    /// The bounds of daprd's histograms of time, in milliseconds.
    static let latencyBounds: [Double] = [
        1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800,
        1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
    ]
    /// The bounds of daprd's histograms of sizes, in bytes.
    static let sizeBounds: [Double] = [10, 11, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32].map { Double(1 << $0) }

    /// Creates metrics without any series.
    package init(appID: String, namespace: String?) {
        let space = namespace ?? ""
        self.appID = appID
        self.namespace = space
        let registry = registry
        let bytes = { (name: String, help: String) in
            registry.histogram("dapr_http_\(name)", help: help, labels: ["app_id"], buckets: Self.sizeBounds).child(
                appID
            )
        }
        serverRequestBytes = bytes("server_request_bytes", "Bytes of the bodies of requests to the sidecar.")
        serverResponseBytes = bytes("server_response_bytes", "Bytes of the bodies of the sidecar's answers.")
        appReceivedBytes = bytes("client_received_bytes", "Bytes of the bodies of the application's answers.")
        serverCalls = ChildCache { ServerCall(registry, appID, $0) }
        appCalls = ChildCache { AppCall(registry, appID, $0) }
        operations = ChildCache { Operation(registry, appID, space, $0) }
        probes = ChildCache { Operation(registry, appID, status: $0) }
        jobs = ChildCache { Operation(registry, appID, space, isJobSuccess: $0) }
        policies = ChildCache { $0.child(registry, appID, space) }
        breakers = ChildCache { BreakerStates(registry, appID, space, $0) }
        refusals = registry.counter(
            "dapr_error_code_total",
            help: "Refusals of the API, by their code.",
            labels: ["app_id", "category", "error_code"]
        )
        egressEvents = registry.counter(
            "dapr_component_pubsub_egress_bulk_event_count",
            help: "Events that bulk publishes brought to the broker.",
            labels: ["app_id", "component", "namespace", "success", "topic"]
        )
        ingressEvents = registry.counter(
            "dapr_component_pubsub_ingress_bulk_event_count",
            help: "Messages that came in bulk deliveries.",
            labels: ["app_id", "component", "namespace", "process_status", "topic"]
        )
    }

    /// Counts an answered call of the API; sizes are in bytes.
    func answered(method: String, path: String, status: Int, received: Int, sent: Int, elapsed: Duration) {
        let key = SeriesKey(status, method, path, length: MetricLabel.length(of: path, isPath: true))
        recentServerCalls.series(of: key) { serverCalls[CallKey($0, paths)] }.count(elapsed)
        serverRequestBytes.observe(Double(received))
        serverResponseBytes.observe(Double(sent))
    }

    /// Counts a finished call to the application; one without an answer counts as a 500, as in daprd.
    func called(method: String, target: String, status: Int, sent: Int, received: Int, elapsed: Duration) {
        let key = SeriesKey(status, method, target, length: MetricLabel.length(of: target))
        recentAppCalls.series(of: key) { appCalls[CallKey($0, paths)] }.count(elapsed, sent: sent)
        appReceivedBytes.observe(Double(received))
    }

    /// Counts a health check of the application.
    func probed(status: Int, elapsed: Duration) { probes[status].count(elapsed) }

    /// Counts a measurement of the runtime.
    package func count(_ measurement: RuntimeMeasurement) {
        switch measurement {
        case .state(let component, let operation, let isSuccess, let elapsed):
            count(.state, component, operation, isSuccess, elapsed)
        case .secret(let component, let operation, let isSuccess, let elapsed):
            count(.secret, component, operation, isSuccess, elapsed)
        case .published(let component, let topic, let isSuccess, let elapsed):
            count(.egress, component, topic, isSuccess, elapsed)
        case .publishedBulk(let component, let topic, let isSuccess, let events, let elapsed):
            count(.bulkEgress, component, topic, isSuccess, elapsed)
            if events > 0 {
                egressEvents.increment(by: events, appID, component, namespace, "true", topics.label(topic))
            }
        case .delivered(let component, let topic, let status, let elapsed):
            count(.ingress, component, topic, status, elapsed)
        case .deliveredBulk(let component, let topic, let events, let elapsed):
            count(.bulkIngress, component, topic, "", elapsed)
            for (status, number) in events {
                ingressEvents.increment(by: number, appID, component, namespace, status, topics.label(topic))
            }
        case .job(let isSuccess, let elapsed): jobs[isSuccess].count(elapsed)
        case .policyApplied(let target, let policy, let status):
            policies[PolicyKey(.count, target, policy, status)].increment()
        case .policyActivated(let target, let policy, let status):
            policies[PolicyKey(.activations, target, policy, status)].increment()
        case .breaker(let target, let state): breakers[target].set(state)
        case .resiliencyLoaded(let name): resiliencyLoaded(name)
        case .componentFailed(let type, let name): componentFailed(type, name)
        }
    }

    /// Counts an event of the runtime that is also logged.
    package func count(_ event: RuntimeEvent) {
        guard case .componentLoaded(_, let type) = event else { return }
        registry.counter(
            "dapr_runtime_component_loaded",
            help: "Components that were loaded.",
            labels: ["app_id"]
        ).increment(appID)
        registry.counter(
            "dapr_runtime_component_init_total",
            help: "Components that were initialised.",
            labels: ["app_id", "component"]
        ).increment(appID, type)
    }

    private func count(
        _ kind: OperationKey.Kind,
        _ component: String,
        _ subject: String,
        _ isSuccess: Bool,
        _ elapsed: Duration
    ) {
        count(kind, component, subject, isSuccess ? "true" : "false", elapsed)
    }

    private func count(
        _ kind: OperationKey.Kind,
        _ component: String,
        _ subject: String,
        _ result: String,
        _ elapsed: Duration
    ) {
        recentOperations.series(of: SeriesKey(kind.number, component, subject, result)) { _ in
            let subject = kind.hasTopic ? topics.label(subject) : subject
            return operations[OperationKey(kind: kind, component: component, subject: subject, result: result)]
        }.count(elapsed)
    }
}

extension Duration {
    /// The duration in the unit of daprd's histograms.
    var milliseconds: Double {
        // By way of 64 bits: there is no quick conversion of 128.
        Double(Int64(truncatingIfNeeded: attoseconds / 1_000_000_000)) / 1e6
    }
}
