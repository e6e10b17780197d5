import DaprText

/// A subscription that is ready to deliver.
struct TopicSubscription: Sendable {
    /// One route with its parsed condition; the default has none.
    struct Route: Sendable {
        var rule: (any RoutingRule)?
        /// The application's path, with its leading "/".
        var path: String
    }

    var definition: SubscriptionDefinition
    var routes: [Route]
    var policy: ResiliencyPolicy

    init(_ definition: SubscriptionDefinition, policy: ResiliencyPolicy) throws(RoutingRuleError) {
        self.definition = definition
        self.policy = policy
        routes = []
        for rule in definition.rules {
            let path = rule.path.hasBytePrefix("/") ? rule.path : "/\(rule.path)"
            routes.append(Route(rule: rule.match.isEmpty ? nil : try CELRule(rule.match), path: path))
        }
    }

    /// The path of the first route that matches an event; `nil` when none does.
    func path(for event: [UInt8]) throws(RoutingRuleError) -> String? {
        for route in routes {
            guard let rule = route.rule else { return route.path }
            if try rule.matches(event: event) { return route.path }
        }
        return nil
    }
}
