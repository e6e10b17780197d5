/// The timeout and the retries of one target.
struct ResiliencyPolicy: Equatable, Sendable {
    /// Bounds each attempt; `nil` for no bound.
    var timeout: Duration?
    /// `nil` for one attempt only.
    var retry: RetryPolicy?

    /// Whether there is one attempt, without a bound.
    var isEmpty: Bool { timeout == nil && retry == nil }
}

/// Which policies apply to what, from all the Resiliency resources of an application.
struct ResiliencyCatalog: Sendable {
    private var timeouts: [String: Duration] = [:]
    private var retries: [String: RetryPolicy] = [:]
    private var apps: [String: PolicyNames] = [:]
    private var outbound: [String: PolicyNames] = [:]
    private var inbound: [String: PolicyNames] = [:]

    /// Joins the resources that count for an application; refuses a name that no policy has.
    init(_ resources: [ResiliencyDefinition], appID: String) throws(ComponentError) {
        for resource in resources where resource.scopes.isEmpty || resource.scopes.contains(appID) {
            timeouts.merge(resource.timeouts) { _, new in new }
            retries.merge(resource.retries) { _, new in new }
            apps.merge(resource.apps) { _, new in new }
            outbound.merge(resource.outbound) { _, new in new }
            inbound.merge(resource.inbound) { _, new in new }
        }
        for names in [apps, outbound, inbound].flatMap(\.values).sorted(by: { $0.place.line < $1.place.line }) {
            if let name = names.timeout, timeouts[name] == nil { throw Self.unknown("timeout", name, names.place) }
            if let name = names.retry, retries[name] == nil { throw Self.unknown("retry", name, names.place) }
        }
    }

    /// What applies to deliveries of a pub/sub component.
    func inbound(pubsub: String) -> ResiliencyPolicy {
        policy(inbound[pubsub], defaults: ["PubsubComponentInbound", "ComponentInbound", ""])
    }

    /// What applies to calls of the sidecar to a component; `kind` is `Statestore`, `Pubsub` or `Secretstore`.
    func outbound(_ component: String, kind: String) -> ResiliencyPolicy {
        policy(outbound[component], defaults: ["\(kind)ComponentOutbound", "ComponentOutbound", ""])
    }

    /// What applies to invocations of an application.
    func app(_ appID: String) -> ResiliencyPolicy { policy(apps[appID], defaults: ["App", ""]) }

    /// The named policies, or else the defaults by their Dapr names, most specific first.
    private func policy(_ names: PolicyNames?, defaults: [String]) -> ResiliencyPolicy {
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

    private static func unknown(_ kind: String, _ name: String, _ place: ResourcePlace) -> ComponentError {
        ComponentError(
            place: place,
            resource: nil,
            reason: .badField(field: kind, reason: "no policy is called \"\(name)\"; define it under spec.policies")
        )
    }
}
