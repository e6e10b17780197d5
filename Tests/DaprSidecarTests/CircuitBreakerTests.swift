import DaprText
import Testing

@testable import DaprSidecar

/// Circuit breakers as values: every step by table, with the clock in the hand of the test.
@Suite struct CircuitBreakerTests {
    /// What happens at one second: a call that succeeds or fails, one that is refused, or none.
    enum Step: Sendable {
        case success(at: Int)
        case failure(at: Int)
        case refused(at: Int, BreakerRefusal)
        case state(at: Int, BreakerMachine.State)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var policy = BreakerPolicy()
        var steps: [Step]
        var testDescription: String { name }
    }

    private static func policy(_ trip: String, _ adjust: (inout BreakerPolicy) -> Void = { _ in }) -> BreakerPolicy {
        var policy = BreakerPolicy()
        if let trip = try? BreakerTrip(trip) { policy.trip = trip } else { Issue.record("\(trip) is no condition") }
        adjust(&policy)
        return policy
    }

    @Test(arguments: [
        Row(
            name: "six failures in a row open it, for a minute; one success closes it",
            steps: [
                .failure(at: 0), .failure(at: 0), .failure(at: 0), .failure(at: 0), .failure(at: 0),
                .state(at: 0, .closed), .failure(at: 0), .state(at: 0, .open), .refused(at: 1, .open),
                .refused(at: 60, .open), .state(at: 61, .halfOpen), .success(at: 61), .state(at: 61, .closed),
            ]
        ),
        Row(
            name: "a success begins the row again",
            steps: [
                .failure(at: 0), .failure(at: 0), .failure(at: 0), .failure(at: 0), .failure(at: 0), .success(at: 0),
                .failure(at: 0), .state(at: 0, .closed),
            ]
        ),
        Row(
            name: "a failure in the half-open state opens it again, for the whole time",
            policy: policy("consecutiveFailures > 1") { $0.timeout = .seconds(10) },
            steps: [
                .failure(at: 0), .failure(at: 0), .refused(at: 10, .open), .failure(at: 11), .state(at: 11, .open),
                .refused(at: 21, .open), .state(at: 22, .halfOpen),
            ]
        ),
        Row(
            name: "with maxRequests as many successes close it",
            policy: policy("consecutiveFailures >= 1") {
                $0.maximumRequests = 2
                $0.timeout = .seconds(5)
            },
            steps: [
                .failure(at: 0), .state(at: 6, .halfOpen), .success(at: 6), .state(at: 6, .halfOpen), .success(at: 6),
                .state(at: 6, .closed),
            ]
        ),
        Row(
            name: "an interval forgets what was counted",
            policy: policy("totalFailures > 1") { $0.interval = .seconds(10) },
            steps: [
                .failure(at: 0), .failure(at: 11), .state(at: 11, .closed), .failure(at: 12), .state(at: 12, .open),
            ]
        ),
        Row(
            name: "without an interval nothing is forgotten",
            policy: policy("totalFailures > 1"),
            steps: [.failure(at: 0), .success(at: 5000), .failure(at: 90_000), .state(at: 90_000, .open)]
        ),
        Row(
            name: "a rate",
            policy: policy("requests > 3 && double(totalFailures) / double(requests) > 0.5"),
            steps: [
                .failure(at: 0), .failure(at: 0), .failure(at: 0), .state(at: 0, .closed), .failure(at: 0),
                .state(at: 0, .open),
            ]
        ),
        Row(
            name: "successes count as well",
            policy: policy("totalSuccesses == 1 && consecutiveSuccesses == 0"),
            steps: [.failure(at: 0), .success(at: 0), .state(at: 0, .closed), .failure(at: 0), .state(at: 0, .open)]
        ),
        Row(
            name: "a condition that cannot be evaluated does not hold",
            policy: policy("10 / totalSuccesses > 1"),
            steps: [.failure(at: 0), .state(at: 0, .closed), .success(at: 0), .failure(at: 0), .state(at: 0, .open)]
        ),
    ])
    func `a breaker opens and closes as gobreaker does`(row: Row) throws {
        let start = WallTime(seconds: 1_767_225_600)
        var machine = BreakerMachine(row.policy, now: start)
        for step in row.steps {
            switch step {
            case .success(let second), .failure(let second):
                let now = start.adding(seconds: second)
                let call = try machine.begin(now: now)
                let isSuccess = if case .success = step { true } else { false }
                machine.end(call, isSuccess: isSuccess, now: now)
            case .refused(let second, let refusal):
                let result = Result { () throws(BreakerRefusal) in try machine.begin(now: start.adding(seconds: second))
                }
                #expect(result == .failure(refusal))
            case .state(let second, let state):
                let current = machine.current(now: start.adding(seconds: second))
                #expect(current == state)
            }
        }
    }

    @Test func `half-open it lets so many calls begin, and what began before a change does not count`() throws {
        let start = WallTime(seconds: 0)
        var machine = BreakerMachine(Self.policy("totalFailures > 0") { $0.maximumRequests = 2 }, now: start)
        let early = try machine.begin(now: start)
        let opener = try machine.begin(now: start)
        machine.end(opener, isSuccess: false, now: start)
        let later = start.adding(seconds: 61)
        let calls = (try machine.begin(now: later), try machine.begin(now: later))
        #expect(throws: BreakerRefusal.tooManyRequests) { try machine.begin(now: later) }
        machine.end(early, isSuccess: false, now: later)
        machine.end(calls.0, isSuccess: true, now: later)
        machine.end(calls.1, isSuccess: true, now: later)
        let state = machine.current(now: later)
        #expect(state == .closed)
    }

    @Test func `a component has one breaker, an application one for each of so many methods`() {
        let breakers = CircuitBreakers { WallTime(seconds: 0) }
        let policy = BreakerPolicy()
        #expect(breakers.component("a", policy) === breakers.component("a", policy))
        #expect(breakers.component("a", policy) !== breakers.component("b", policy))
        let first = breakers.app("me", method: "1", capacity: 2, policy)
        let second = breakers.app("me", method: "2", capacity: 2, policy)
        #expect(breakers.app("me", method: "1", capacity: 2, policy) === first)
        // The third takes the place of the one that was used longest ago.
        _ = breakers.app("me", method: "3", capacity: 2, policy)
        #expect(breakers.app("me", method: "1", capacity: 2, policy) === first)
        #expect(breakers.app("me", method: "2", capacity: 2, policy) !== second)
    }
}

/// Which policy applies to what.
@Suite struct ResiliencyCatalogTests {
    @Test(arguments: [
        (["DefaultTimeoutPolicy"], "all"), (["DefaultTimeoutPolicy", "DefaultAppTimeoutPolicy"], "app"),
        (["DefaultTimeoutPolicy", "DefaultComponentOutboundTimeoutPolicy"], "outbound"),
        (["DefaultComponentOutboundTimeoutPolicy", "DefaultStatestoreComponentOutboundTimeoutPolicy"], "state"),
        (["DefaultComponentInboundTimeoutPolicy", "DefaultPubsubComponentInboundTimeoutPolicy"], "pubsub"),
        (["DefaultPubsubComponentOutboundTimeoutPolicy", "DefaultSecretstoreComponentOutboundTimeoutPolicy"], "kinds"),
    ])
    func `defaults apply by their names, the most specific first`(names: [String], case name: String) throws {
        var resource = ResiliencyDefinition(name: "r", place: ResourcePlace(file: "r.yaml", line: 1))
        for (index, name) in names.enumerated() { resource.timeouts[name] = .seconds(index + 1) }
        let catalog = try ResiliencyCatalog([resource], appID: "a")
        let found = [
            catalog.app("a", method: "m").timeout, catalog.outbound("s", kind: "Statestore").timeout,
            catalog.outbound("p", kind: "Pubsub").timeout, catalog.outbound("x", kind: "Secretstore").timeout,
            catalog.inbound(pubsub: "p").timeout,
        ].map { $0.map { Int($0.components.seconds) } ?? 0 }
        let wanted =
            switch name {
            case "all": [1, 1, 1, 1, 1]
            case "app": [2, 1, 1, 1, 1]
            case "outbound": [1, 2, 2, 2, 1]
            case "state": [0, 2, 1, 1, 0]
            case "pubsub": [0, 0, 0, 0, 2]
            default: [0, 0, 1, 2, 0]
            }
        #expect(found == wanted)
    }

    @Test func `names in a target leave no defaults, and one breaker serves both directions`() throws {
        let place = ResourcePlace(file: "r.yaml", line: 1)
        var resource = ResiliencyDefinition(name: "r", place: place)
        resource.timeouts["DefaultTimeoutPolicy"] = .seconds(1)
        resource.retries["r"] = RetryPolicy()
        resource.breakers["cb"] = BreakerPolicy()
        resource.breakers["DefaultCircuitBreakerPolicy"] = BreakerPolicy()
        resource.outbound["bus"] = PolicyNames(retry: "r", breaker: "cb", place: place)
        resource.inbound["bus"] = PolicyNames(breaker: "cb", place: place)
        resource.outbound["half"] = PolicyNames(retry: "r", place: place)
        let catalog = try ResiliencyCatalog([resource], appID: "a")
        let (outbound, inbound) = (catalog.outbound("bus", kind: "Pubsub"), catalog.inbound(pubsub: "bus"))
        #expect(outbound.timeout == nil && outbound.retry != nil && outbound.breaker === inbound.breaker)
        #expect(catalog.inbound(pubsub: "half").isEmpty)
        #expect(catalog.outbound("other", kind: "Statestore").breaker != nil)
        #expect(outbound.target == PolicyTarget(resource: "r", direction: "outbound", name: "Pubsub_bus"))
    }

    @Test func `outside its scopes a resource does not count`() throws {
        var resource = ResiliencyDefinition(name: "r", place: ResourcePlace(file: "r.yaml", line: 1))
        resource.timeouts["DefaultTimeoutPolicy"] = .seconds(1)
        resource.scopes = ["other"]
        #expect(try ResiliencyCatalog([resource], appID: "a").app("a", method: "m").isEmpty)
    }
}
