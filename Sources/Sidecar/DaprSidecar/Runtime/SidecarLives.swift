import Synchronization

/// A sidecar that can be killed and started again: a sequence of runtimes with the same configuration.
package final class SidecarLives: Sendable {
    /// One runtime, between a start and its end.
    package struct Life: Sendable {
        /// The number of this life, from 1.
        package let number: Int
        /// The runtime that answers during this life.
        package let runtime: SidecarRuntime
    }

    private struct State {
        var life: Life?
        var task: Task<Void, Never>?
        var number = 0
        /// Whether a life is beginning or ending.
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
    ///   - awaitsApp: Whether ``start()`` and ``restart(after:)`` wait up to 5 s for the application's subscriptions.
    ///     Set it only when the application is certain to be there.
    ///   - make: Creates the runtime of a life; its argument kills that life and starts the next.
    package init(
        on executor: (any TaskExecutor)? = nil,
        awaitsApp: Bool = false,
        make: @escaping @Sendable (_ restart: @escaping @Sendable () async -> Void) -> SidecarRuntime
    ) {
        self.executor = executor
        self.awaitsApp = awaitsApp
        self.make = make
    }

    /// The current life; `nil` while the sidecar is down.
    package var life: Life? { state.withLock { $0.life } }

    /// Waits while a life is beginning or ending; returns the current life, or `nil`.
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

    /// Begins a life if the sidecar is down.
    ///
    /// - Parameter isHeld: Whether deliveries wait for ``run()``.
    /// - Throws: What is wrong with a component; the sidecar is down then.
    package func start(isHeld: Bool = false) async throws(ComponentError) {
        guard case .taken = await begin(if: { $0.life == nil }) else { return }
        try await bear(isHeld: isHeld)
    }

    /// Kills the sidecar and begins the next life; of several callers in one life only the first has an effect.
    ///
    /// - Parameter number: The life to end; `nil` for the current one.
    /// - Throws: What is wrong with a component; the sidecar is down then.
    package func restart(after number: Int? = nil) async throws(ComponentError) {
        let ends: (State) -> Bool = { $0.life != nil && ($0.life?.number == number || number == nil) }
        guard case .taken(let old) = await begin(if: ends) else { return }
        await old?.runtime.kill()
        try await bear()
    }

    /// Kills the sidecar and leaves it down.
    package func kill() async {
        guard case .taken(let old) = await begin(if: { $0.life != nil }) else { return }
        await old?.runtime.kill()
        settle(nil)
    }

    /// Stops the sidecar gracefully.
    ///
    /// - Returns: Whether everything in flight finished in time.
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
        /// Another caller is changing the life.
        case later
        /// There is nothing to do.
        case notDue
        /// The caller must end this life, which was current until now.
        case taken(Life?)
    }

    /// Takes the life out of the state, so that nobody else changes it meanwhile.
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

    /// Waits for the application and delivers to it, after a start with `isHeld`.
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
            // A task of its own, because the caller's task ends with the life. A broken component shows in refused
            // calls.
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
