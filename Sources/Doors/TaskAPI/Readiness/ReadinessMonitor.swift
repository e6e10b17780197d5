import Synchronization

/// Probes for readiness at most about once a second, however often it is asked.
package final class ReadinessMonitor: Sendable {
    private let probe: @Sendable () async -> Readiness
    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private struct State {
        var last: (readiness: Readiness, at: ContinuousClock.Instant)?
        var isAsking = false
        var isStopping = false
    }

    /// Creates a monitor that runs `probe` and keeps its result for `lifetime`.
    package init(
        lifetime: Duration = .seconds(1),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        probe: @escaping @Sendable () async -> Readiness
    ) {
        self.lifetime = lifetime
        self.now = now
        self.probe = probe
    }

    /// Says from now on that the server stops; nobody is asked any more.
    package func stop() { state.withLock { $0.isStopping = true } }

    /// The readiness now, or at most `lifetime` ago; an older one while a probe runs.
    package func current() async -> Readiness {
        let known = state.withLock { state -> Readiness? in
            if state.isStopping {
                var readiness = state.last?.readiness ?? Readiness(checks: [])
                readiness.isStopping = true
                return readiness
            }
            guard let last = state.last else { return nil }
            if last.at.duration(to: now()) < lifetime || state.isAsking { return last.readiness }
            state.isAsking = true
            return nil
        }
        if let known { return known }
        let readiness = await probe()
        state.withLock { state in
            state.last = (readiness, now())
            state.isAsking = false
        }
        return readiness
    }
}
