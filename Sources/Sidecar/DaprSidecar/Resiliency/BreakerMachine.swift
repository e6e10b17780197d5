/// A circuit breaker as a value: moments and outcomes in, decisions out.
///
/// A closed breaker lets every call through, an open one none. A half-open one lets a few through: their success closes
/// it, and a failure opens it again.
struct BreakerMachine: Sendable {
    enum State: String, CaseIterable, Sendable {
        case closed
        case halfOpen = "half-open"
        case open
    }

    let policy: BreakerPolicy
    private var state = State.closed
    private var counts = BreakerCounts()
    /// Distinguishes calls that began before a change of state from later ones: only the later ones count.
    private var generation = 0
    /// When the counting interval or the open state ends; `nil` for never.
    private var expiry: WallTime?

    init(_ policy: BreakerPolicy, now: WallTime) {
        self.policy = policy
        enter(.closed, now: now)
    }

    /// Lets a call begin; returns the generation to pass to ``end(_:isSuccess:now:)``.
    mutating func begin(now: WallTime) throws(BreakerRefusal) -> Int {
        switch current(now: now) {
        case .open: throw .open
        case .halfOpen where counts.requests >= policy.maximumRequests: throw .tooManyRequests
        case .halfOpen, .closed: break
        }
        counts.begin()
        return generation
    }

    /// Counts the outcome of a call.
    mutating func end(_ generation: Int, isSuccess: Bool, now: WallTime) {
        let state = current(now: now)
        guard generation == self.generation else { return }
        counts.end(isSuccess: isSuccess)
        switch (state, isSuccess) {
        case (.halfOpen, true):
            if counts.consecutiveSuccesses >= policy.maximumRequests { enter(.closed, now: now) }
        case (.halfOpen, false): enter(.open, now: now)
        case (.closed, false):
            if policy.trip.holds(counts) { enter(.open, now: now) }
        case (.closed, true), (.open, _): break
        }
    }

    /// The state at a moment, because time alone ends an interval and the open state.
    mutating func current(now: WallTime) -> State {
        if let expiry, expiry < now { enter(state == .open ? .halfOpen : state, now: now) }
        return state
    }

    private mutating func enter(_ state: State, now: WallTime) {
        self.state = state
        generation += 1
        counts = BreakerCounts()
        switch state {
        case .closed: expiry = policy.interval.map { now.adding($0) }
        case .open: expiry = now.adding(policy.timeout)
        case .halfOpen: expiry = nil
        }
    }
}

/// Why a breaker stopped a call.
enum BreakerRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The breaker is open.
    case open
    /// The breaker is half-open, and enough calls are in progress.
    case tooManyRequests

    var description: String {
        switch self {
        case .open: "circuit breaker is open"
        case .tooManyRequests: "too many requests"
        }
    }
}
