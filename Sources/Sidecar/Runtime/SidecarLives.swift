import Synchronization

/// A sidecar that can be killed and started again: one runtime after another over the same configuration.
package final class SidecarLives: Sendable {
    /// One runtime, between a start and its end.
    package struct Life: Sendable {
        /// Counts the lives, from 1.
        package let number: Int
        /// What answers while this life lasts.
        package let runtime: SidecarRuntime
    }

    private struct State {
        var life: Life?
        var task: Task<Void, Never>?
        var number = 0
        /// Whether a life begins or ends just now.
        var isChanging = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let executor: (any TaskExecutor)?
    private let awaitsApp: Bool
    private let make: @Sendable (_ restart: @escaping @Sendable () async -> Void) -> SidecarRuntime

    /// Creates a sidecar that is down.
    ///
    /// - Parameters:
    ///   - executor: Where the runtime's own work runs; `nil` for the shared pool.
    ///   - awaitsApp: Whether ``start()`` and ``restart(after:)`` wait until the application has its subscriptions, up to 5 s: for one
    ///     that is there for certain.
    ///   - make: Makes the runtime of a life; what it is given kills that life and starts the next.
    package init(
        on executor: (any TaskExecutor)? = nil,
        awaitsApp: Bool = false,
        make: @escaping @Sendable (_ restart: @escaping @Sendable () async -> Void) -> SidecarRuntime
    ) {
        self.executor = executor
        self.awaitsApp = awaitsApp
        self.make = make
    }

    /// The life that lasts; `nil` while the sidecar is down.
    package var life: Life? { state.withLock { $0.life } }

    /// Waits while a life begins or ends; then the life that lasts, or `nil`.
    package func settled() async -> Life? {
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state in
                if state.isChanging { state.waiters.append(continuation) }
                return !state.isChanging
            }
            if isSettled { continuation.resume() }
        }
        return life
    }

    /// Begins a life, when the sidecar is down.
    ///
    /// - Parameter isHeld: Whether nothing is delivered before ``run()``.
    /// - Throws: What is wrong with a component; the sidecar is down then.
    package func start(isHeld: Bool = false) async throws(ComponentError) {
        guard case .taken = await begin(if: { $0.life == nil }) else { return }
        try await bear(isHeld: isHeld)
    }

    /// Kills the sidecar and begins the next life; of several callers in one life only the first does.
    ///
    /// - Parameter number: The life that is to end; `nil` for the present one.
    /// - Throws: What is wrong with a component; the sidecar is down then.
    package func restart(after number: Int? = nil) async throws(ComponentError) {
        let ends: (State) -> Bool = { $0.life != nil && ($0.life?.number == number || number == nil) }
        guard case .taken(let old) = await begin(if: ends) else { return }
        await old?.runtime.kill()
        try await bear()
    }

    /// Kills the sidecar, which is down then.
    package func kill() async {
        guard case .taken(let old) = await begin(if: { $0.life != nil }) else { return }
        await old?.runtime.kill()
        settle(nil)
    }

    /// Ends the sidecar in order.
    ///
    /// - Returns: Whether everything in flight came to its end in time.
    package func stop() async -> Bool {
        guard case .taken(let old?) = await begin(if: { $0.life != nil }) else { return true }
        let isGraceful = await old.runtime.stop()
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
        settle(nil)
        return isGraceful
    }

    private enum Turn {
        /// Somebody else changes the life just now.
        case later
        /// There is nothing to do.
        case notDue
        /// The life that lasted until now is the caller's to end.
        case taken(Life?)
    }

    /// Takes the life away, so that nobody else changes it meanwhile.
    private func begin(if isDue: (State) -> Bool) async -> Turn {
        while true {
            let turn: Turn = state.withLock { state in
                if state.isChanging { return .later }
                guard isDue(state) else { return .notDue }
                state.isChanging = true
                defer { state.life = nil }
                return .taken(state.life)
            }
            guard case .later = turn else { return turn }
            _ = await settled()
        }
    }

    /// Waits for the application and delivers to it, after a start that held this back.
    package func run() {
        state.withLock { state in
            guard let runtime = state.life?.runtime, state.task == nil else { return }
            state.task = Task(executorPreference: executor) { await runtime.run() }
        }
    }

    private func bear(isHeld: Bool = false) async throws(ComponentError) {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let runtime = make { [weak self] in
            // Not part of what asks for it, which ends with the life. What is wrong with a component shows in calls being refused.
            await Task { try? await self?.restart(after: number) }.value
        }
        do throws(ComponentError) {
            try await runtime.start()
        } catch {
            settle(nil)
            throw error
        }
        settle(Life(number: number, runtime: runtime))
        if isHeld { return }
        run()
        guard awaitsApp else { return }
        let deadline = ContinuousClock.now + .seconds(5)
        while !runtime.isReady, ContinuousClock.now < deadline { await Task.yield() }
    }

    private func settle(_ life: Life?) {
        let waiters = state.withLock { state in
            state.life = life
            state.task = nil
            state.isChanging = false
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
