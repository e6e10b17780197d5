extension DaprClient {
    /// Whether the sidecar is fully started, its app's port included.
    ///
    /// An app must not wait for this before it listens: the sidecar waits for the app. Wait for ``isOutboundHealthy(trace:)`` instead.
    ///
    /// See [Health API](https://docs.dapr.io/reference/api/health_api/).
    ///
    /// - Parameter trace: the trace to continue.
    /// - Returns: whether it is; false when the sidecar answers that it is not yet.
    /// - Throws: ``DaprError``; ``DaprError/Kind/unreachable`` while the sidecar does not listen yet.
    public func isHealthy(trace: TraceContext? = nil) async throws(DaprError) -> Bool {
        try await isReady(Operation("GET healthz", nil, .reads), "/v1.0/healthz", trace)
    }

    /// Whether the sidecar's components and API are up, so that state, publish and secrets work.
    ///
    /// See [Health API: outbound](https://docs.dapr.io/reference/api/health_api/#wait-for-specific-health-check-against-outbound-endpoint).
    ///
    /// - Parameter trace: the trace to continue.
    /// - Returns: whether it is; false when the sidecar answers that it is not yet.
    /// - Throws: ``DaprError``; ``DaprError/Kind/unreachable`` while the sidecar does not listen yet.
    public func isOutboundHealthy(trace: TraceContext? = nil) async throws(DaprError) -> Bool {
        try await isReady(Operation("GET healthz/outbound", nil, .reads), "/v1.0/healthz/outbound", trace)
    }

    private func isReady(
        _ operation: Operation,
        _ path: StaticString,
        _ trace: TraceContext?
    ) async throws(DaprError) -> Bool {
        try await exchange(operation, "GET", RequestPath(path), trace: trace) { response throws(DaprError) in
            if response.status == 204 { return true }
            if response.isSuccess { throw operation.unreadableAnswer(response, "204 was expected") }
            let error = operation.refusal(response)
            switch error.errorCode {
            case "ERR_HEALTH_NOT_READY", "ERR_OUTBOUND_HEALTH_NOT_READY": return false
            default: throw error
            }
        }
    }
}
