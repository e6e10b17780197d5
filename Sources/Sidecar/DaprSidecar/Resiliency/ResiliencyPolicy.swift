/// The timeout, the retries and the circuit breaker of one target.
struct ResiliencyPolicy: Sendable {
    /// The time limit of each attempt; `nil` for none.
    var timeout: Duration?
    /// The retries; `nil` for a single attempt.
    var retry: RetryPolicy?
    /// The circuit breaker; `nil` for none.
    var breaker: CircuitBreaker?
    /// The target of the policy, for metrics.
    var target = PolicyTarget()

    /// Whether calls are made once, without a limit.
    var isEmpty: Bool { timeout == nil && retry == nil && breaker == nil }
}

/// The target of a policy, as daprd's metrics name it.
package struct PolicyTarget: Hashable, Sendable {
    /// The name of the last resource read.
    package var resource = ""
    /// `inbound` or `outbound`.
    package var direction = "outbound"
    /// `app_orders`, `Statestore_store`, `Pubsub_bus`.
    package var name = ""
}
