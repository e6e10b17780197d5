import DaprText

extension ResiliencyDefinition {
    /// Reads a Resiliency resource.
    ///
    /// A field that daprd does not have is refused, so that nobody relies on a protection that does not exist.
    init(_ resource: ResourceNode) throws(ComponentError) {
        try resource.allow(only: ["apiVersion", "kind", "metadata", "spec", "scopes"])
        self.init(name: resource.resource ?? "", place: resource.place)
        scopes = try resource.field("scopes")?.strings() ?? []
        let spec = try resource.required("spec")
        try spec.allow(only: ["policies", "targets"])
        if let policies = try spec.field("policies") {
            try policies.allow(only: ["timeouts", "retries", "circuitBreakers"])
            for (name, value) in try policies.field("timeouts")?.entries() ?? [] {
                timeouts[name] = try value.policyDuration()
            }
            for (name, value) in try policies.field("retries")?.entries() ?? [] {
                retries[name] = try RetryPolicy(value)
            }
            for (name, value) in try policies.field("circuitBreakers")?.entries() ?? [] {
                breakers[name] = try BreakerPolicy(value)
            }
        }
        guard let targets = try spec.field("targets") else { return }
        try targets.allow(only: ["apps", "components", "actors"])
        for (name, value) in try targets.field("apps")?.entries() ?? [] {
            var names = try Self.names(value, more: ["circuitBreakerCacheSize"])
            if let size = try value.field("circuitBreakerCacheSize")?.integer(), size > 0 {
                names.breakerCacheSize = size
            }
            apps[name] = names
        }
        for (_, value) in try targets.field("actors")?.entries() ?? [] {
            let names = try Self.names(value, more: ["circuitBreakerCacheSize", "circuitBreakerScope"])
            let scope = try value.field("circuitBreakerScope")
            if names.breaker != nil || scope != nil, !["type", "id", "both"].contains(try scope?.string()) {
                throw (scope ?? value).bad("circuitBreakerScope must be type, id or both")
            }
            namesActors = true
        }
        for (name, value) in try targets.field("components")?.entries() ?? [] {
            try value.allow(only: ["inbound", "outbound"])
            if let names = try value.field("outbound") { outbound[name] = try Self.names(names) }
            if let names = try value.field("inbound") { inbound[name] = try Self.names(names) }
        }
    }

    private static func names(_ node: ResourceNode, more: Set<String> = []) throws(ComponentError) -> PolicyNames {
        try node.allow(only: more.union(["timeout", "retry", "circuitBreaker"]))
        return PolicyNames(
            timeout: try node.field("timeout")?.string(),
            retry: try node.field("retry")?.string(),
            breaker: try node.field("circuitBreaker")?.string(),
            place: node.place
        )
    }
}

extension RetryPolicy {
    fileprivate init(_ node: ResourceNode) throws(ComponentError) {
        try node.allow(only: ["policy", "duration", "maxInterval", "maxRetries", "matching"])
        self.init()
        let duration = try node.field("duration")?.policyDuration() ?? .seconds(5)
        let maximum = try node.field("maxInterval")?.policyDuration() ?? .seconds(60)
        let policy = try node.field("policy")
        switch try policy?.string().lowercased() ?? "constant" {
        case "constant": growth = .constant(duration)
        case "exponential": growth = .exponential(maximum: maximum)
        case let other: throw (policy ?? node).bad("\"\(other)\" is neither constant nor exponential")
        }
        if let retries = try node.field("maxRetries")?.integer(), retries >= 0 { maximumRetries = retries }
        guard let matching = try node.field("matching") else { return }
        // gRPC codes are accepted without effect: no call of this sidecar has one.
        try matching.allow(only: ["httpStatusCodes", "gRPCStatusCodes"])
        guard let codes = try matching.field("httpStatusCodes") else { return }
        var ranges: [ClosedRange<Int>] = []
        for part in try codes.text().splitBytes(separator: ",") {
            let ends = part.filter { $0 != " " }.splitBytes(separator: "-", omittingEmptySubsequences: false).map {
                Int($0)
            }
            guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, 100...599 ~= low,
                low <= high, high <= 599
            else { throw codes.bad("\"\(part)\" is no status or range of statuses; write 429 or 500-599") }
            ranges.append(low...high)
        }
        statuses = ranges
    }
}

extension BreakerPolicy {
    fileprivate init(_ node: ResourceNode) throws(ComponentError) {
        try node.allow(only: ["maxRequests", "interval", "timeout", "trip"])
        self.init()
        if let maximum = try node.field("maxRequests") {
            let number = try maximum.integer()
            guard 0...Int(UInt32.max) ~= number else { throw maximum.bad("must be 0 or more") }
            maximumRequests = max(number, 1)
        }
        if let interval = try node.field("interval")?.policyDuration(), interval > .zero { self.interval = interval }
        if let timeout = try node.field("timeout")?.policyDuration(), timeout > .zero { self.timeout = timeout }
        guard let trip = try node.field("trip") else { return }
        let text = try trip.string()
        do throws(RoutingRuleError) {
            self.trip = try BreakerTrip(text)
        } catch {
            throw trip.bad("\(error)")
        }
    }
}
