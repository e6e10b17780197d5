import DaprText

/// The policies of each target, from all Resiliency resources of an application.
struct ResiliencyCatalog: Sendable {
    private var timeouts: [ExactText: Duration] = [:]
    private var retries: [ExactText: RetryPolicy] = [:]
    private var breakers: [ExactText: BreakerPolicy] = [:]
    private var apps: [ExactText: PolicyNames] = [:]
    private var outbound: [ExactText: PolicyNames] = [:]
    private var inbound: [ExactText: PolicyNames] = [:]
    /// The name of the last resource, which daprd's metrics use for every policy.
    private var name: String { names.last ?? "" }
    /// The names of the applicable resources, in the order they were read.
    private(set) var names: [String] = []
    private let instances: CircuitBreakers
    /// Policy names that targets use and no resource defines; daprd ignores them.
    private(set) var faults: [ComponentError] = []

    /// Merges the resources that apply to an application.
    ///
    /// - Throws: The first of ``faults``, unless they are ignored.
    init(
        _ resources: [ResiliencyDefinition],
        appID: String,
        ignoresFaults: Bool = false,
        now: @escaping @Sendable () -> WallTime = { WallTime.now() }
    ) throws(ComponentError) {
        instances = CircuitBreakers(now: now)
        for resource in resources where resource.scopes.isEmpty || resource.scopes.contains(bytesOf: appID) {
            names.append(resource.name)
            timeouts.merge(resource.timeouts) { _, new in new }
            retries.merge(resource.retries) { _, new in new }
            breakers.merge(resource.breakers) { _, new in new }
            apps.merge(resource.apps) { _, new in new }
            outbound.merge(resource.outbound) { _, new in new }
            inbound.merge(resource.inbound) { _, new in new }
        }
        for names in [apps, outbound, inbound].flatMap(\.values).sorted(by: { $0.place.line < $1.place.line }) {
            if let name = names.timeout, timeouts[name] == nil { note("timeout", name, names.place) }
            if let name = names.retry, retries[name] == nil { note("retry", name, names.place) }
            if let name = names.breaker, breakers[name] == nil { note("circuitBreaker", name, names.place) }
        }
        if !ignoresFaults, let first = faults.first { throw first }
    }

    /// The policy for deliveries of a pub/sub component.
    func inbound(pubsub: String) -> ResiliencyPolicy {
        component(pubsub, inbound[pubsub], "Pubsub", "Inbound")
    }

    /// The policy for the sidecar's calls to a component; `kind` is `Statestore`, `Pubsub` or `Secretstore`.
    func outbound(_ component: String, kind: String) -> ResiliencyPolicy {
        self.component(component, outbound[component], kind, "Outbound")
    }

    /// The policy for invoking a method of an application.
    func app(_ appID: String, method: String) -> ResiliencyPolicy {
        let (names, defaults) = (apps[appID], ["App", ""])
        var policy = policy(names, defaults)
        if let breaker = breaker(names, defaults) {
            let capacity = names?.breakerCacheSize ?? PolicyNames.standardCacheSize
            policy.breaker = instances.app(appID, method: method, capacity: capacity, breaker)
        }
        policy.target = PolicyTarget(resource: name, direction: "outbound", name: "app_\(appID)")
        return policy
    }

    private func component(
        _ component: String,
        _ names: PolicyNames?,
        _ kind: String,
        _ direction: String
    ) -> ResiliencyPolicy {
        // When a component has named policies for one direction, the defaults do not apply to the other.
        let isNamed = inbound[component] != nil || outbound[component] != nil
        let defaults = isNamed ? [] : ["\(kind)Component\(direction)", "Component\(direction)", ""]
        var policy = policy(names, defaults)
        if let breaker = breaker(names, defaults) { policy.breaker = instances.component(component, breaker) }
        policy.target = PolicyTarget(resource: name, direction: direction.lowercased(), name: "\(kind)_\(component)")
        return policy
    }

    /// The named policies, or else the defaults by their Dapr names, most specific first; without a breaker.
    private func policy(_ names: PolicyNames?, _ defaults: [String]) -> ResiliencyPolicy {
        if let names {
            return ResiliencyPolicy(
                timeout: names.timeout.flatMap { timeouts[$0] },
                retry: names.retry.flatMap { retries[$0] }
            )
        }
        return ResiliencyPolicy(
            timeout: defaults.lazy.compactMap { timeouts["Default\($0)TimeoutPolicy"] }.first,
            retry: defaults.lazy.compactMap { retries["Default\($0)RetryPolicy"] }.first
        )
    }

    private func breaker(_ names: PolicyNames?, _ defaults: [String]) -> BreakerPolicy? {
        if let names { return names.breaker.flatMap { breakers[$0] } }
        return defaults.lazy.compactMap { breakers["Default\($0)CircuitBreakerPolicy"] }.first
    }

    private mutating func note(_ kind: String, _ name: String, _ place: ResourcePlace) {
        let reason = "no policy is called \"\(name)\"; define it under spec.policies"
        faults.append(ComponentError(place: place, resource: nil, reason: .badField(field: kind, reason: reason)))
    }
}
