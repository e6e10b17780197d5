import DaprMetrics
import Synchronization

/// Keeps the series of each key, so that one look-up finds all that are counted together and counting takes no lock.
final class ChildCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let make: @Sendable (Key) -> Value
    private let values = Mutex<[Key: Value]>([:])

    /// The same limit as a metric's own; beyond it the metric shares one series.
    private static var limit: Int { 1000 }

    init(_ make: @escaping @Sendable (Key) -> Value) { self.make = make }

    subscript(_ key: Key) -> Value {
        values.withLock { values in
            if let value = values[key] { return value }
            let value = make(key)
            if values.count < Self.limit { values[key] = value }
            return value
        }
    }
}

extension SidecarMetrics {
    /// The labels of an HTTP call.
    struct CallKey: Hashable, Sendable {
        let method: String
        let path: String
        let status: Int

        /// The labels of a call, whose path is bounded.
        init(_ call: SeriesKey, _ paths: BoundedLabel) {
            method = MetricLabel.method(call.first)
            path = paths.label(call.secondText)
            status = call.number
        }
    }

    /// The series for one kind of call to the API.
    struct ServerCall: Sendable {
        private let requests: CounterChild
        private let responses: CounterChild
        private let latency: HistogramChild

        init(_ registry: MetricsRegistry, _ appID: String, _ key: CallKey) {
            let labels = ["app_id", "method", "path", "status"]
            let (method, path, status) = (key.method, key.path, String(key.status))
            requests = registry.counter(
                "dapr_http_server_request_count",
                help: "Requests to the sidecar.",
                labels: labels
            ).child(appID, method, path, status)
            responses = registry.counter(
                "dapr_http_server_response_count",
                help: "Answers of the sidecar.",
                labels: labels
            ).child(appID, method, path, status)
            latency = registry.histogram(
                "dapr_http_server_latency",
                help: "Milliseconds that the sidecar took to answer.",
                labels: labels,
                buckets: SidecarMetrics.latencyBounds
            ).child(appID, method, path, status)
        }

        func count(_ elapsed: Duration) {
            requests.increment()
            responses.increment()
            latency.observe(elapsed.milliseconds)
        }
    }

    /// The series for one kind of call to the application.
    struct AppCall: Sendable {
        private let completed: CounterChild
        private let latency: HistogramChild
        private let sentBytes: HistogramChild

        init(_ registry: MetricsRegistry, _ appID: String, _ key: CallKey) {
            let labels = ["app_id", "method", "path", "status"]
            let (method, path, status) = (key.method, key.path, String(key.status))
            completed = registry.counter(
                "dapr_http_client_completed_count",
                help: "Calls of the application.",
                labels: labels
            ).child(appID, method, path, status)
            latency = registry.histogram(
                "dapr_http_client_roundtrip_latency",
                help: "Milliseconds that the application took to answer.",
                labels: labels,
                buckets: SidecarMetrics.latencyBounds
            ).child(appID, method, path, status)
            sentBytes = registry.histogram(
                "dapr_http_client_sent_bytes",
                help: "Bytes of the bodies that were sent to the application.",
                labels: labels,
                buckets: SidecarMetrics.sizeBounds
            ).child(appID, method, path, status)
        }

        func count(_ elapsed: Duration, sent: Int) {
            completed.increment()
            latency.observe(elapsed.milliseconds)
            sentBytes.observe(Double(sent))
        }
    }

    /// The labels of a component's operation.
    struct OperationKey: Hashable, Sendable {
        enum Kind: String, Sendable {
            case state
            case secret
            case egress = "pubsub_egress"
            case bulkEgress = "pubsub_egress_bulk"
            case ingress = "pubsub_ingress"
            case bulkIngress = "pubsub_ingress_bulk"

            /// A number for each.
            var number: Int {
                switch self {
                case .state: 0
                case .secret: 1
                case .egress: 2
                case .bulkEgress: 3
                case .ingress: 4
                case .bulkIngress: 5
                }
            }

            /// Whether its subject is a topic.
            var hasTopic: Bool { number >= Kind.egress.number }
        }

        let kind: Kind
        let component: String
        /// The operation or the topic.
        let subject: String
        /// `true` or `false`, or the outcome of a message.
        let result: String
    }

    /// The series for one operation: its count and its latency.
    struct Operation: Sendable {
        private let number: CounterChild
        private let latency: HistogramChild

        init(_ registry: MetricsRegistry, _ appID: String, _ namespace: String, _ key: OperationKey) {
            let common = ["app_id", "component", "namespace"]
            let values = [appID, key.component, namespace]
            let name = "dapr_component_\(key.kind.rawValue)"
            switch key.kind {
            case .state, .secret:
                (number, latency) = Self.pair(
                    registry,
                    name,
                    common + ["operation", "success"],
                    values + [key.subject, key.result]
                )
            case .egress, .bulkEgress:
                (number, latency) = Self.pair(
                    registry,
                    name,
                    common + ["success", "topic"],
                    values + [key.result, key.subject]
                )
            case .ingress:
                (number, latency) = Self.pair(
                    registry,
                    name,
                    common + ["process_status", "status", "topic"],
                    values + [key.result, key.result, key.subject]
                )
            case .bulkIngress:
                (number, latency) = Self.pair(registry, name, common + ["topic"], values + [key.subject])
            }
        }

        /// Creates the series for health checks of the application.
        init(_ registry: MetricsRegistry, _ appID: String, status: Int) {
            let labels = ["app_id", "status"]
            number = registry.counter(
                "dapr_http_healthprobes_completed_count",
                help: "Questions for the application's health.",
                labels: labels
            ).child(appID, String(status))
            latency = registry.histogram(
                "dapr_http_healthprobes_roundtrip_latency",
                help: "Milliseconds that they took.",
                labels: labels,
                buckets: SidecarMetrics.latencyBounds
            ).child(appID, String(status))
        }

        /// Creates the series for attempts of jobs.
        init(_ registry: MetricsRegistry, _ appID: String, _ namespace: String, isJobSuccess: Bool) {
            let operation = "job_trigger_op"
            number = registry.counter(
                "dapr_component_job_\(isJobSuccess ? "success" : "failure")_count",
                help: "Attempts of jobs that \(isJobSuccess ? "succeeded" : "failed").",
                labels: ["app_id", "namespace", "operation"]
            ).child(appID, namespace, operation)
            latency = registry.histogram(
                "dapr_component_job_latencies",
                help: "Milliseconds that the application took for a job.",
                labels: ["app_id", "namespace", "operation", "success"],
                buckets: SidecarMetrics.latencyBounds
            ).child(appID, namespace, operation, "\(isJobSuccess)")
        }

        func count(_ elapsed: Duration) {
            number.increment()
            latency.observe(elapsed.milliseconds)
        }

        private static func pair(
            _ registry: MetricsRegistry,
            _ name: String,
            _ labels: [String],
            _ values: [String]
        ) -> (CounterChild, HistogramChild) {
            let number = registry.counter("\(name)_count", help: "Operations of components.", labels: labels)
            let latency = registry.histogram(
                "\(name)_latencies",
                help: "Milliseconds that they took.",
                labels: labels,
                buckets: SidecarMetrics.latencyBounds
            )
            return (number.child(values), latency.child(values))
        }
    }
}
