package import Dapr
import Synchronization

/// Whether what the service rests on answers.
package struct Readiness: Sendable, Equatable {
    /// Each thing that was asked, with whether it answered as it should.
    package let checks: [Check]

    /// One thing the service rests on.
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

    /// Whether every check is good.
    package var isReady: Bool { checks.allSatisfy(\.isOK) }
}

/// Asks for readiness at most about once a second, however often probes come.
package final class ReadinessMonitor: Sendable {
    private let probe: @Sendable () async -> Readiness
    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private struct State {
        var last: (readiness: Readiness, at: ContinuousClock.Instant)?
        var isAsking = false
    }

    /// Makes a monitor of a probe whose answer holds for `lifetime`.
    package init(
        lifetime: Duration = .seconds(1),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        probe: @escaping @Sendable () async -> Readiness
    ) {
        self.lifetime = lifetime
        self.now = now
        self.probe = probe
    }

    /// Asks the sidecar for its outbound health, and the store for a key that is not there.
    package convenience init(dapr: DaprClient, store: StateStoreName) {
        self.init {
            // A probe that fails is a check that failed: that is the whole of what it is asked.
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

    /// The readiness of now, or of the last second.
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
