/// The timeout, the retries and the circuit breaker of one target.
struct ResiliencyPolicy: Sendable {
    /// Bounds each attempt; `nil` for no bound.
    var timeout: Duration?
    /// `nil` for one attempt only.
    var retry: RetryPolicy?
    /// `nil` for none.
    var breaker: CircuitBreaker?
    /// What the policy is for, for those who count.
    var target = PolicyTarget()

    /// Whether there is one attempt, without a bound.
    var isEmpty: Bool { timeout == nil && retry == nil && breaker == nil }
}

/// What a policy is for, as daprd's metrics name it.
package struct PolicyTarget: Hashable, Sendable {
    /// The resource that was read last.
    package var resource = ""
    /// `inbound` or `outbound`.
    package var direction = "outbound"
    /// `app_orders`, `Statestore_store`, `Pubsub_bus`.
    package var name = ""
}
