import DaprHTTP
import DaprMetrics
import DaprSidecar

/// Serves the metrics on every path, as daprd's metrics port does.
struct MetricsHandler: HTTPHandler {
    let registry: MetricsRegistry

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        let registry = registry
        return .collect(limit: 0) { _ in
            HTTPResponse(
                .ok,
                headers: ["Content-Type": MetricsRegistry.contentType],
                body: registry.exposition()
            )
        }
    }
}

/// Counts the calls to the application.
struct MeteredAppChannel: AppChannel {
    let channel: any AppChannel
    let metrics: SidecarMetrics

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        let start = ContinuousClock.now
        do throws(AppChannelError) {
            let response = try await channel.send(request)
            note(request, response.status, response.body.count, since: start)
            return response
        } catch {
            note(request, 500, 0, since: start)
            throw error
        }
    }

    private func note(_ request: AppRequest, _ status: Int, _ received: Int, since start: ContinuousClock.Instant) {
        if request.isHealthProbe { return metrics.probed(status: status, elapsed: .now - start) }
        metrics.called(
            method: request.method,
            target: request.target,
            status: status,
            sent: request.body.count,
            received: received,
            elapsed: .now - start
        )
    }
}
