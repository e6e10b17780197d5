/// Runs calls under a policy: each attempt has a timeout and a circuit breaker, and failed ones are retried.
struct PolicyRunner: Sendable {
    let policy: ResiliencyPolicy
    let surroundings: Surroundings
    /// Records what the policy does.
    var meter = RuntimeMeter.none
    /// Whether the sidecar is stopping, so that no further attempt should begin.
    var isStopping: @Sendable () -> Bool = { false }

    /// How a policy treats the errors of a call.
    struct Errors<Failure: Error> {
        /// Whether the call is retried after an error.
        var canRetry: (Failure) -> Bool
        /// The error for a breaker's refusal, which is never retried.
        var refused: (BreakerRefusal) -> Failure
        /// Whether an attempt took too long.
        var isTimeout: (Failure) -> Bool = { _ in false }
    }

    /// Runs a call and limits the time of each attempt.
    ///
    /// An attempt that has timed out goes on, and its result is ignored.
    func run<Value: Sendable, Failure: Error>(
        timedOut: Failure,
        _ errors: Errors<Failure>,
        _ attempt: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let timeout = policy.timeout else { return try await retry(errors, attempt) }
        return try await retry(errors) { () async throws(Failure) -> Value in
            try await Deadline.run(within: timeout, sleep: surroundings.sleep, else: timedOut, attempt)
        }
    }

    /// Runs a call whose attempts keep to the timeout by themselves.
    func retry<Value, Failure: Error>(
        _ errors: Errors<Failure>,
        _ attempt: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        if policy.isEmpty { return try await attempt() }
        meter.applied(policy)
        var hasNoted = (retry: false, timeout: false)
        var backoff = policy.retry.map { Backoff($0) }
        let start = surroundings.now()
        while true {
            do throws(Guarded<Failure>) {
                return try await guarded(errors, attempt)
            } catch {
                guard case .failed(let failure) = error else { throw errors.failure(error) }
                if errors.isTimeout(failure), !hasNoted.timeout {
                    hasNoted.timeout = true
                    meter.activated(policy, .timeout)
                }
                let elapsed = start.duration(to: surroundings.now())
                guard errors.canRetry(failure), !isStopping(),
                    let wait = backoff?.next(elapsed: elapsed, chance: surroundings.random())
                else { throw failure }
                if !hasNoted.retry {
                    hasNoted.retry = true
                    meter.activated(policy, .retry)
                }
                do throws(CancellationError) {
                    try await surroundings.sleep(wait)
                } catch _ {
                    throw failure
                }
                if isStopping() { throw failure }
            }
        }
    }

    /// The failure of one attempt behind the breaker.
    fileprivate enum Guarded<Failure: Error>: Error {
        case failed(Failure)
        case refused(BreakerRefusal)
    }

    /// Makes one attempt, if the breaker allows it.
    private func guarded<Value, Failure: Error>(
        _ errors: Errors<Failure>,
        _ attempt: () async throws(Failure) -> Value
    ) async throws(Guarded<Failure>) -> Value {
        let before = policy.breaker?.state
        var generation = 0
        if let breaker = policy.breaker {
            do throws(BreakerRefusal) {
                generation = try breaker.begin()
            } catch {
                throw .refused(error)
            }
        }
        do throws(Failure) {
            let value = try await attempt()
            end(generation, isSuccess: true, before)
            return value
        } catch {
            end(generation, isSuccess: false, before)
            throw .failed(error)
        }
    }

    private func end(_ generation: Int, isSuccess: Bool, _ before: BreakerMachine.State?) {
        guard let breaker = policy.breaker else { return }
        breaker.end(generation, isSuccess: isSuccess)
        let state = breaker.state
        if state != before { meter.changed(policy, state) }
    }
}

extension PolicyRunner.Errors {
    fileprivate func failure(_ error: PolicyRunner.Guarded<Failure>) -> Failure {
        switch error {
        case .failed(let failure): failure
        case .refused(let refusal): refused(refusal)
        }
    }
}
