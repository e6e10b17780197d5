import DaprMetrics
import DaprSidecar

/// What policies of resiliency do, which may be something for every call.
extension SidecarMetrics {
    /// The labels of what a policy did.
    struct PolicyKey: Hashable, Sendable {
        /// Which metric counts it.
        enum Kind: String {
            /// A policy was applied to a call.
            case count
            /// It took effect.
            case activations = "activations_total"
        }

        private let kind: Kind
        private let target: PolicyTarget
        private let policy: String
        private let status: String

        init(_ kind: Kind, _ target: PolicyTarget, _ policy: String, _ status: String) {
            self.kind = kind
            self.target = target
            self.policy = policy
            self.status = status
        }

        /// The series of these labels.
        func child(_ registry: MetricsRegistry, _ appID: String, _ namespace: String) -> CounterChild {
            registry.counter(
                "dapr_resiliency_\(kind.rawValue)",
                help: kind == .count ? "Calls under a policy." : "What policies did.",
                labels: SidecarMetrics.policyLabels
            ).child(target.labels(appID, namespace, policy: policy, status: status))
        }
    }

    /// The series of a circuit breaker: 1 for the state that it is in.
    struct BreakerStates: Sendable {
        private static let states = ["closed", "half-open", "open", "unknown"]

        private let series: [(state: String, gauge: GaugeChild)]

        init(_ registry: MetricsRegistry, _ appID: String, _ namespace: String, _ target: PolicyTarget) {
            let gauge = registry.gauge(
                "dapr_resiliency_cb_state",
                help: "1 for the state that a circuit breaker is in.",
                labels: SidecarMetrics.policyLabels
            )
            series = Self.states.map { state in
                (state, gauge.child(target.labels(appID, namespace, policy: "circuitbreaker", status: state)))
            }
        }

        func set(_ state: String) { for one in series { one.gauge.set(one.state == state ? 1 : 0) } }
    }

    private static var policyLabels: [String] {
        ["app_id", "flow_direction", "name", "namespace", "policy", "status", "target"]
    }
}

extension PolicyTarget {
    /// The values of the labels of a policy, in their order.
    fileprivate func labels(_ appID: String, _ namespace: String, policy: String, status: String) -> [String] {
        [appID, direction, resource, namespace, policy, status, name]
    }
}
