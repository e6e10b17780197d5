/// A measurement that is counted rather than logged; the names are those of daprd's metrics.
package enum RuntimeMeasurement: Sendable {
    /// A call of a state store: `get`, `set`, `delete`, `bulk_get` or `transaction`.
    case state(component: String, operation: String, isSuccess: Bool, elapsed: Duration)
    /// A call of a secret store: `get` or `bulk_get`.
    case secret(component: String, operation: String, isSuccess: Bool, elapsed: Duration)
    /// A publish.
    case published(component: String, topic: String, isSuccess: Bool, elapsed: Duration)
    /// A bulk publish, with the number of accepted events.
    case publishedBulk(component: String, topic: String, isSuccess: Bool, events: Int, elapsed: Duration)
    /// A message that was delivered to the application: `success`, `retry` or `drop`.
    case delivered(component: String, topic: String, status: String, elapsed: Duration)
    /// A bulk delivery, with the number of messages of each status.
    case deliveredBulk(component: String, topic: String, events: [String: Int], elapsed: Duration)
    /// An attempt of a job.
    case job(isSuccess: Bool, elapsed: Duration)
    /// A policy was applied to a call; `status` is a breaker's state, otherwise empty.
    case policyApplied(PolicyTarget, policy: String, status: String)
    /// A policy took effect: a timeout passed, a call was retried for the first time, or a breaker changed.
    case policyActivated(PolicyTarget, policy: String, status: String)
    /// The state of a breaker: `closed`, `half-open` or `open`.
    case breaker(PolicyTarget, state: String)
    /// A component could not be opened and was skipped.
    case componentFailed(type: String, name: String)
    /// A Resiliency resource was read.
    case resiliencyLoaded(name: String)
}

/// Passes measurements on, or drops them at no cost.
struct RuntimeMeter: Sendable {
    private let take: (@Sendable (RuntimeMeasurement) -> Void)?
    private let now: @Sendable () -> WallTime

    /// A meter that records nothing.
    static let none = RuntimeMeter(nil, now: { WallTime(nanoseconds: 0) })

    init(_ take: (@Sendable (RuntimeMeasurement) -> Void)?, now: @escaping @Sendable () -> WallTime) {
        self.take = take
        self.now = now
    }

    /// The time at the start of a measurement; `nil` when nothing is recorded.
    var start: WallTime? { take == nil ? nil : now() }

    /// Records a measurement that began at `start`, with the time since.
    func note(since start: WallTime?, _ measurement: (Duration) -> RuntimeMeasurement) {
        guard let take, let start else { return }
        take(measurement(max(start.duration(to: now()), .zero)))
    }

    func note(_ measurement: @autoclosure () -> RuntimeMeasurement) { take?(measurement()) }

    /// The kinds of policy.
    enum Policy: String {
        case timeout
        case retry
        case circuitbreaker
    }

    /// Records that a policy was applied to a call.
    func applied(_ policy: ResiliencyPolicy) {
        guard take != nil else { return }
        if policy.timeout != nil {
            note(.policyApplied(policy.target, policy: Policy.timeout.rawValue, status: ""))
        }
        if policy.retry != nil { note(.policyApplied(policy.target, policy: Policy.retry.rawValue, status: "")) }
        guard let state = policy.breaker?.state.rawValue else { return }
        note(.policyApplied(policy.target, policy: Policy.circuitbreaker.rawValue, status: state))
        note(.breaker(policy.target, state: state))
    }

    /// Records that a part of a policy took effect.
    func activated(_ policy: ResiliencyPolicy, _ part: Policy) {
        note(.policyActivated(policy.target, policy: part.rawValue, status: ""))
    }

    /// Records that a breaker changed.
    func changed(_ policy: ResiliencyPolicy, _ state: BreakerMachine.State) {
        note(.policyActivated(policy.target, policy: Policy.circuitbreaker.rawValue, status: state.rawValue))
        note(.breaker(policy.target, state: state.rawValue))
    }
}
