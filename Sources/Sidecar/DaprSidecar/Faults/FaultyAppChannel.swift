/// A channel to the application on which deliveries and jobs go wrong as a fault plan says.
///
/// Health checks, questions for subscriptions and invocations pass unchanged: a rule for `invoke` affects the call of
/// the API instead.
struct FaultyAppChannel: AppChannel {
    let channel: any AppChannel
    let faults: FaultInjector
    let sleep: @Sendable (Duration) async throws(CancellationError) -> Void
    /// Kills the sidecar and starts it again; returns when it is running.
    let restart: @Sendable () async -> Void

    func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        guard let subject = request.subject else { return try await channel.send(request) }
        let verdict = faults.verdict(subject)
        if verdict.delay > .zero {
            do throws(CancellationError) {
                try await sleep(verdict.delay)
            } catch {
                throw .cancelled
            }
        }
        switch verdict.end {
        case .refuse: throw .unreachable("connection refused, as the fault plan says")
        case .cut: throw .failed("connection cut, as the fault plan says")
        case .fail(let status, let errorCode):
            return AppResponse(status: status, body: Array("\(errorCode)\n".utf8))
        case .restart(.before):
            await restart()
            throw .failed("the sidecar was started again, as the fault plan says")
        case .lose, .restart(.after), .delay, .duplicate, .reorder, .omit, .late, .repeat, nil: break
        }
        let response = try await channel.send(request)
        // Only the answer to the first delivery counts; answers to its duplicates are ignored.
        for _ in 0..<verdict.duplicates { _ = try await channel.send(request) }
        switch verdict.end {
        case .lose: throw .failed("the answer was lost, as the fault plan says")
        case .restart(.after):
            await restart()
            throw .failed("the sidecar was started again, as the fault plan says")
        default: return response
        }
    }
}
