internal import DaprJSON

extension SubscriptionDefinition {
    /// Parses the answer of the application's `/dapr/subscribe`; returns entries without a route separately.
    ///
    ///     [{"pubsubname":"p","topic":"t","routes":{"rules":[{"match":"…","path":"/a"}],"default":"/b"}}]
    static func programmatic(
        _ body: [UInt8]
    ) throws(RequestFault) -> (subscriptions: [SubscriptionDefinition], withoutRoute: [SubscriptionDefinition]) {
        let json = try RequestJSON.value(body)
        guard let entries = json.isNull ? [] : json.arrayValue else {
            throw RequestFault(message: "the answer must be an array of subscriptions")
        }
        var subscriptions: [SubscriptionDefinition] = []
        var withoutRoute: [SubscriptionDefinition] = []
        for entry in entries {
            guard let object = entry.objectValue else {
                throw RequestFault(message: "a subscription must be an object")
            }
            let subscription = try SubscriptionDefinition(object)
            if subscription.rules.isEmpty {
                withoutRoute.append(subscription)
            } else {
                subscriptions.append(subscription)
            }
        }
        return (subscriptions, withoutRoute)
    }

    private init(_ object: JSONObject) throws(RequestFault) {
        let routes = try object.object("routes")
        var rules: [Rule] = []
        for member in try routes?.array("rules") ?? [] {
            guard let rule = member.objectValue else { throw RequestFault(message: "a rule must be an object") }
            rules.append(Rule(match: try rule.string("match") ?? "", path: try rule.string("path") ?? ""))
        }
        let route = try object.string("route") ?? ""
        let path = try routes?.string("default") ?? route
        if !path.isEmpty {
            rules.append(Rule(match: "", path: path))
        }
        let bulk = try object.object("bulkSubscribe")
        let deadLetterTopic = try object.string("deadLetterTopic") ?? ""
        self.init(
            pubsub: try object.string("pubsubname") ?? "",
            topic: try object.string("topic") ?? "",
            rules: rules,
            deadLetterTopic: deadLetterTopic.isEmpty ? nil : deadLetterTopic,
            bulk: bulk.flatMap { bulk in
                guard bulk.member("enabled")?.boolValue == true else { return nil }
                return Bulk(
                    maxMessages: bulk.member("maxMessagesCount")?.intValue,
                    maxAwaitMilliseconds: bulk.member("maxAwaitDurationMs")?.intValue
                )
            },
            metadata: try object.texts("metadata") ?? [:]
        )
    }
}
