extension ResiliencyDefinition {
    private static let breakerAdvice =
        "circuit breakers are not built yet; remove it, or run the same folder with `dapr run`"

    /// Reads a Resiliency resource.
    ///
    /// What has no effect here is refused, so that nothing is believed to protect that does not.
    init(_ resource: ResourceNode) throws(ComponentError) {
        try resource.allow(only: ["apiVersion", "kind", "metadata", "spec", "scopes"])
        self.init(name: resource.resource ?? "", place: resource.place)
        scopes = try resource.field("scopes")?.strings() ?? []
        let spec = try resource.required("spec")
        try spec.allow(only: ["policies", "targets"])
        if let policies = try spec.field("policies") {
            try policies.allow(only: ["timeouts", "retries"], advice: Self.breakerAdvice)
            for (name, value) in try policies.field("timeouts")?.entries() ?? [] {
                timeouts[name] = try value.duration()
            }
            for (name, value) in try policies.field("retries")?.entries() ?? [] {
                retries[name] = try RetryPolicy(value)
            }
        }
        guard let targets = try spec.field("targets") else { return }
        try targets.allow(only: ["apps", "components"], advice: "this sidecar has no actors; remove it")
        for (name, value) in try targets.field("apps")?.entries() ?? [] { apps[name] = try Self.names(value) }
        for (name, value) in try targets.field("components")?.entries() ?? [] {
            try value.allow(only: ["inbound", "outbound"])
            if let names = try value.field("outbound") { outbound[name] = try Self.names(names) }
            if let names = try value.field("inbound") { inbound[name] = try Self.names(names) }
        }
    }

    private static func names(_ node: ResourceNode) throws(ComponentError) -> PolicyNames {
        try node.allow(only: ["timeout", "retry"], advice: breakerAdvice)
        return PolicyNames(
            timeout: try node.field("timeout")?.string(),
            retry: try node.field("retry")?.string(),
            place: node.place
        )
    }
}

extension RetryPolicy {
    fileprivate init(_ node: ResourceNode) throws(ComponentError) {
        try node.allow(only: ["policy", "duration", "maxInterval", "maxRetries", "matching"])
        self.init()
        let duration = try node.field("duration")?.duration() ?? .seconds(5)
        let maximum = try node.field("maxInterval")?.duration() ?? .seconds(60)
        let policy = try node.field("policy")
        switch try policy?.string() ?? "constant" {
        case "constant": growth = .constant(duration)
        case "exponential": growth = .exponential(maximum: maximum)
        case let other: throw (policy ?? node).bad("\"\(other)\" is neither constant nor exponential")
        }
        if let retries = try node.field("maxRetries")?.integer(), retries >= 0 { maximumRetries = retries }
        guard let matching = try node.field("matching") else { return }
        // Codes of gRPC are accepted: no call of this sidecar has one.
        try matching.allow(only: ["httpStatusCodes", "gRPCStatusCodes"])
        guard let codes = try matching.field("httpStatusCodes") else { return }
        var ranges: [ClosedRange<Int>] = []
        for part in try codes.text().split(separator: ",") {
            let ends = part.filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, 100...599 ~= low,
                low <= high, high <= 599
            else { throw codes.bad("\"\(part)\" is no status or range of statuses; write 429 or 500-599") }
            ranges.append(low...high)
        }
        statuses = ranges
    }
}
