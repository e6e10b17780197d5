import Synchronization

/// Places for calls, and a line for those that find none: first come, first served.
final class CallLine: Sendable {
    /// How waiting for a place ended.
    enum Outcome: Sendable {
        case entered
        case timedOut
        case cancelled
    }

    private struct State {
        var free: Int
        var line: [Waiter] = []
        /// How many at the front of the line were served; they are dropped together.
        var served = 0
        /// How many of the line may have stopped waiting.
        var abandoned = 0
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(free: places))
    }

    /// Takes a place, waiting for it at most as long as told; one that was entered is given back by ``leave()``.
    func enter(within timeout: Duration) async -> Outcome {
        let waiter: Waiter? = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            let waiter = Waiter()
            state.line.append(waiter)
            return waiter
        }
        guard let waiter else { return .entered }
        let outcome = await wait(waiter, timeout)
        if outcome != .entered { forgetOne() }
        return outcome
    }

    /// Gives a place back, to the first who waits.
    func leave() {
        while let waiter = next() {
            if waiter.resolve(.entered) { return }
        }
    }

    private func wait(_ waiter: Waiter, _ timeout: Duration) async -> Outcome {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await Task.sleep(for: timeout)
                    waiter.resolve(.timedOut)
                } catch {
                    // The wait ended before its time.
                }
            }
            let outcome = await withTaskCancellationHandler {
                await waiter.outcome()
            } onCancel: {
                waiter.resolve(.cancelled)
            }
            group.cancelAll()
            return outcome
        }
    }

    /// The next of the line, or `nil` when nobody waits; the place is free then.
    private func next() -> Waiter? {
        state.withLock { state in
            guard state.served < state.line.count else {
                state.free += 1
                return nil
            }
            let waiter = state.line[state.served]
            state.served += 1
            if state.served > 32, state.served * 2 > state.line.count {
                state.line.removeFirst(state.served)
                state.served = 0
            }
            return waiter
        }
    }

    /// Counts one that stopped waiting, and clears the line of such once they are the most of it.
    private func forgetOne() {
        state.withLock { state in
            state.abandoned += 1
            guard state.abandoned * 2 > state.line.count - state.served else { return }
            state.line = state.line[state.served...].filter { $0.isWaiting }
            state.served = 0
            state.abandoned = 0
        }
    }

    /// How many wait in line.
    var length: Int { state.withLock { $0.line[$0.served...].count { $0.isWaiting } } }
}

/// One who waits: resolved once, by whichever comes first.
private final class Waiter: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<CallLine.Outcome, Never>)
        case resolved(CallLine.Outcome)
    }

    private let state = Mutex(State.open)

    /// Whether nothing has resolved it yet.
    var isWaiting: Bool {
        state.withLock { state in
            if case .resolved = state { false } else { true }
        }
    }

    /// Waits for the outcome; called once.
    func outcome() async -> CallLine.Outcome {
        await withCheckedContinuation { continuation in
            let known: CallLine.Outcome? = state.withLock { state in
                if case .resolved(let outcome) = state { return outcome }
                state = .awaited(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Sets the outcome; false when there is one already.
    @discardableResult
    func resolve(_ outcome: CallLine.Outcome) -> Bool {
        let previous = state.withLock { state in
            defer { if case .resolved = state {} else { state = .resolved(outcome) } }
            return state
        }
        switch previous {
        case .open: return true
        case .awaited(let continuation):
            continuation.resume(returning: outcome)
            return true
        case .resolved: return false
        }
    }
}
