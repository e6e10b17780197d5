extension SubscriptionDefinition {
    /// Reads a Subscription resource: with `routes` for v2alpha1, with `route` for v1alpha1.
    init(_ resource: ResourceNode, hasRoutes: Bool) throws(ComponentError) {
        try resource.allow(only: ["apiVersion", "kind", "metadata", "spec", "scopes"])
        let spec = try resource.required("spec")
        try spec.allow(
            only: [
                "pubsubname", "topic", "deadLetterTopic", "bulkSubscribe", "metadata", hasRoutes ? "routes" : "route",
            ],
            advice: hasRoutes ? "v2alpha1 has routes" : "v1alpha1 has one route; use v2alpha1 for routes"
        )
        var rules: [Rule] = []
        if hasRoutes {
            let routes = try spec.required("routes")
            try routes.allow(only: ["rules", "default"])
            for rule in try routes.field("rules")?.members() ?? [] {
                try rule.allow(only: ["match", "path"])
                rules.append(
                    Rule(match: try rule.field("match")?.string() ?? "", path: try rule.required("path").string())
                )
            }
            if let path = try routes.field("default")?.string() { rules.append(Rule(match: "", path: path)) }
        } else {
            rules = [Rule(match: "", path: try spec.required("route").string())]
        }
        self.init(
            pubsub: try spec.required("pubsubname").string(),
            topic: try spec.required("topic").string(),
            rules: rules,
            deadLetterTopic: try spec.field("deadLetterTopic")?.string(),
            bulk: try spec.field("bulkSubscribe").flatMap { node throws(ComponentError) in try Self.bulk(node) },
            metadata: try spec.field("metadata")?.textByName() ?? [:],
            scopes: try resource.field("scopes")?.strings() ?? [],
            origin: .declarative,
            place: resource.place
        )
    }

    private static func bulk(_ node: ResourceNode) throws(ComponentError) -> Bulk? {
        try node.allow(only: ["enabled", "maxMessagesCount", "maxAwaitDurationMs"])
        guard try node.field("enabled")?.bool() ?? false else { return nil }
        return Bulk(
            maxMessages: try node.field("maxMessagesCount")?.integer(),
            maxAwaitMilliseconds: try node.field("maxAwaitDurationMs")?.integer()
        )
    }
}

extension SubscriptionDefinition.Bulk {
    /// Creates the settings as written; an absent value, or one that is not positive, becomes the default.
    init(maxMessages: Int?, maxAwaitMilliseconds: Int?) {
        self.init()
        if let maxMessages, maxMessages > 0 { self.maxMessages = min(maxMessages, 10_000) }
        if let maxAwaitMilliseconds, maxAwaitMilliseconds > 0 {
            maxAwait = .milliseconds(min(maxAwaitMilliseconds, 3_600_000))
        }
    }
}
