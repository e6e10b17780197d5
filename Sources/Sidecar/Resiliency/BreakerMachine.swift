/// A circuit breaker as a value: moments and outcomes in, decisions out.
///
/// Closed it lets everything through; open nothing; half-open a few calls, whose success closes it and whose failure opens it again.
struct BreakerMachine: Sendable {
    enum State: String, CaseIterable, Sendable {
        case closed
        case halfOpen = "half-open"
        case open
    }

    let policy: BreakerPolicy
    private var state = State.closed
    private var counts = BreakerCounts()
    /// Tells calls that began before a change from those after: only the latter count.
    private var generation = 0
    /// When the interval or the open time ends; `nil` for never.
    private var expiry: WallTime?

    init(_ policy: BreakerPolicy, now: WallTime) {
        self.policy = policy
        enter(.closed, now: now)
    }

    /// Lets a call begin, and gives what ``end(_:isSuccess:now:)`` must be told.
    mutating func begin(now: WallTime) throws(BreakerRefusal) -> Int {
        switch current(now: now) {
        case .open: throw .open
        case .halfOpen where counts.requests >= policy.maximumRequests: throw .tooManyRequests
        case .halfOpen, .closed: break
        }
        counts.begin()
        return generation
    }

    /// Takes the outcome of a call.
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

    /// The state at a moment: time alone ends an interval, and the open state.
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

/// Why a breaker did not let a call begin.
enum BreakerRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is open.
    case open
    /// It is half-open, and enough calls are under way.
    case tooManyRequests

    var description: String {
        switch self {
        case .open: "circuit breaker is open"
        case .tooManyRequests: "too many requests"
        }
    }
}
