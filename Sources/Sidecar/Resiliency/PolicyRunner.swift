/// Runs calls under a policy: each attempt within its timeout, failed ones again.
struct PolicyRunner: Sendable {
    let policy: ResiliencyPolicy
    let surroundings: Surroundings
    /// Whether no further attempt should begin because the sidecar ends.
    var isStopping: @Sendable () -> Bool = { false }

    /// Runs a call and bounds each attempt itself.
    ///
    /// An attempt that is out of time goes on unheard.
    func run<Value: Sendable, Failure: Error>(
        timedOut: Failure,
        canRetry: (Failure) -> Bool,
        _ attempt: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let timeout = policy.timeout else { return try await retry(canRetry: canRetry, attempt) }
        return try await retry(canRetry: canRetry) { () async throws(Failure) -> Value in
            try await Deadline.run(within: timeout, sleep: surroundings.sleep, else: timedOut, attempt)
        }
    }

    /// Runs a call whose attempts keep to the timeout by themselves.
    func retry<Value, Failure: Error>(
        canRetry: (Failure) -> Bool,
        _ attempt: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let retry = policy.retry else { return try await attempt() }
        var backoff = Backoff(retry)
        let start = surroundings.now()
        while true {
            do throws(Failure) {
                return try await attempt()
            } catch {
                let elapsed = Duration.nanoseconds(surroundings.now().nanoseconds &- start.nanoseconds)
                guard canRetry(error), !isStopping(),
                    let wait = backoff.next(elapsed: elapsed, chance: surroundings.random())
                else { throw error }
                do throws(CancellationError) {
                    try await surroundings.sleep(wait)
                } catch _ {
                    throw error
                }
                if isStopping() { throw error }
            }
        }
    }
}
