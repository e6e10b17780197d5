import DaprText
import Synchronization

/// A circuit breaker that concurrent calls share.
final class CircuitBreaker: Sendable {
    private let machine: Mutex<BreakerMachine>
    private let now: @Sendable () -> WallTime

    init(_ policy: BreakerPolicy, now: @escaping @Sendable () -> WallTime) {
        machine = Mutex(BreakerMachine(policy, now: now()))
        self.now = now
    }

    /// The state now.
    var state: BreakerMachine.State { machine.withLock { $0.current(now: now()) } }

    /// Lets a call begin; returns the generation to pass to ``end(_:isSuccess:)``.
    func begin() throws(BreakerRefusal) -> Int {
        let result: Result<Int, BreakerRefusal> = machine.withLock { machine in
            do throws(BreakerRefusal) {
                return .success(try machine.begin(now: now()))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Counts the outcome of a call.
    func end(_ generation: Int, isSuccess: Bool) {
        machine.withLock { $0.end(generation, isSuccess: isSuccess, now: now()) }
    }
}

/// The breakers of a sidecar, each created on first use.
///
/// As in daprd, a component has one breaker for both directions, and an application has one for each method that is
/// called.
final class CircuitBreakers: Sendable {
    /// The breakers of one application; the least recently used one is evicted.
    private struct Cache {
        var breakers: [ExactText: (breaker: CircuitBreaker, use: Int)] = [:]
        var uses = 0
    }

    private struct State {
        var components: [ExactText: CircuitBreaker] = [:]
        var apps: [ExactText: Cache] = [:]
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> WallTime

    init(now: @escaping @Sendable () -> WallTime) { self.now = now }

    /// The breaker of a component, created with the policy of the first request for it.
    func component(_ name: String, _ policy: BreakerPolicy) -> CircuitBreaker {
        state.withLock { state in
            if let breaker = state.components[name] { return breaker }
            let breaker = CircuitBreaker(policy, now: now)
            state.components[name] = breaker
            return breaker
        }
    }

    /// The breaker of one method of an application; at most `capacity` of them are kept.
    func app(_ appID: String, method: String, capacity: Int, _ policy: BreakerPolicy) -> CircuitBreaker {
        state.withLock { state in
            var cache = state.apps[appID] ?? Cache()
            cache.uses += 1
            let breaker = cache.breakers[method]?.breaker ?? CircuitBreaker(policy, now: now)
            cache.breakers[method] = (breaker, cache.uses)
            if cache.breakers.count > max(capacity, 1),
                let oldest = cache.breakers.min(by: { $0.value.use < $1.value.use })?.key
            {
                cache.breakers[oldest] = nil
            }
            state.apps[appID] = cache
            return breaker
        }
    }
}
