extension DaprClient {
    /// Asks the sidecar to end; it answers first, then ends as on SIGTERM.
    ///
    /// See [Running Dapr with a Kubernetes Job](https://docs.dapr.io/operations/hosting/kubernetes/kubernetes-job/).
    ///
    /// - Parameters:
    ///   - force: end at once, without waiting for what is in flight.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``.
    public func shutdown(force: Bool = false, trace: TraceContext? = nil) async throws(DaprError) {
        let operation = Operation("POST shutdown", nil, .writes)
        let headers = force ? [(name: "dapr-force-shutdown", value: "true")] : []
        try await exchange(
            operation,
            "POST",
            RequestPath("/v1.0/shutdown"),
            headers: headers,
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }
}
