package import Dapr
import Synchronization

/// Whether the parts that the service depends on respond.
package struct Readiness: Sendable, Equatable {
    /// The result for each part.
    package let checks: [Check]

    /// The result for one part that the service depends on.
    package struct Check: Sendable, Equatable {
        package let name: String
        package let isOK: Bool

        package init(name: String, isOK: Bool) {
            self.name = name
            self.isOK = isOK
        }
    }

    package init(checks: [Check]) {
        self.checks = checks
    }

    /// Whether every check succeeded.
    package var isReady: Bool { checks.allSatisfy(\.isOK) }
}

/// Probes for readiness at most about once a second, however often it is asked.
package final class ReadinessMonitor: Sendable {
    private let probe: @Sendable () async -> Readiness
    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private struct State {
        var last: (readiness: Readiness, at: ContinuousClock.Instant)?
        var isAsking = false
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

    /// Creates a monitor that asks the sidecar for its outbound health, and the store for a key that does not exist.
    package convenience init(dapr: DaprClient, store: StateStoreName) {
        self.init {
            // A probe that throws is a failed check; the reason does not matter here.
            let sidecar = (try? await dapr.isOutboundHealthy()) ?? false
            guard sidecar else {
                return Readiness(checks: [.init(name: "sidecar", isOK: false), .init(name: "store", isOK: false)])
            }
            var storeAnswers = true
            do throws(DaprError) {
                _ = try await dapr.getState("ready", in: store)
            } catch {
                storeAnswers = false
            }
            return Readiness(checks: [.init(name: "sidecar", isOK: true), .init(name: "store", isOK: storeAnswers)])
        }
    }

    /// The readiness now, or at most `lifetime` ago; an older one while a probe runs.
    package func current() async -> Readiness {
        let known = state.withLock { state -> Readiness? in
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
