/// What an app declares to get the events of a topic, in its answer to the sidecar's `GET /dapr/subscribe`.
///
/// On the wire, as ``SubscriptionDeclaration`` writes it:
///
/// ```json
/// {"pubsubname":"pubsub","topic":"x","routes":{"rules":[{"match":"event.type == \"task.created\"","path":"/a"}],"default":"/b"},
///  "deadLetterTopic":"dlq","bulkSubscribe":{"enabled":true,"maxMessagesCount":100,"maxAwaitDurationMs":1000},
///  "metadata":{"rawPayload":"true"}}
/// ```
///
/// See [Programmatic subscriptions](https://docs.dapr.io/developing-applications/building-blocks/pubsub/subscription-methods/).
public struct Subscription: Sendable, Hashable {
    /// A rule by which events that match go to a path of their own.
    public struct Rule: Sendable, Hashable {
        /// The condition in CEL over `event`, such as `event.type == "task.created"`.
        ///
        /// A condition that cannot be evaluated, for a field that the event lacks, fails the event; it is not passed on to the next rule.
        public var match: String
        /// The path on the app.
        public var path: String

        /// Makes a rule.
        public init(match: String, path: String) {
            self.match = match
            self.path = path
        }
    }

    /// Delivery of many events with one request, as ``BulkTopicDelivery``.
    public struct Bulk: Sendable, Hashable {
        /// How many events a request has at most; `nil` is the sidecar's default, 100 (Kafka 80).
        public var maximumMessages: Int?
        /// How long the sidecar waits for that many, in milliseconds on the wire; `nil` is its default, 1 s (Kafka 10 s).
        public var maximumWait: Duration?

        /// Makes the setting.
        ///
        /// - Parameters:
        ///   - maximumMessages: how many events a request has at most; `nil` is the sidecar's default.
        ///   - maximumWait: how long the sidecar waits for that many; `nil` is its default.
        public init(maximumMessages: Int? = nil, maximumWait: Duration? = nil) {
            self.maximumMessages = maximumMessages
            self.maximumWait = maximumWait
        }
    }

    /// The pub/sub component.
    public var pubsub: PubSubName
    /// The topic; a sidecar holds one subscription for each topic of a component, the last declared.
    public var topic: TopicName
    /// The path on the app for events that no rule matches; `nil` acknowledges these, or sends them to the dead letter topic.
    public var route: String?
    /// The rules, of which the first that matches decides.
    public var rules: [Rule]
    /// The topic of the same component for events that failed; it needs a subscription of its own.
    ///
    /// Without an inbound retry policy the first failure sends an event there.
    public var deadLetterTopic: TopicName?
    /// Delivery of many events at once, or `nil` for one by one.
    public var bulk: Bulk?
    /// Metadata for the component, such as `rawPayload`.
    public var metadata: [String: String]

    /// Declares a subscription of one path.
    ///
    /// - Parameters:
    ///   - pubsub: the pub/sub component.
    ///   - topic: the topic.
    ///   - route: the path on the app where events are delivered.
    ///   - deadLetterTopic: the topic for events that failed, or `nil` for none.
    ///   - bulk: delivery of many events at once, or `nil` for one by one.
    ///   - metadata: metadata for the component, such as `rawPayload`.
    public init(
        pubsub: PubSubName,
        topic: TopicName,
        route: String,
        deadLetterTopic: TopicName? = nil,
        bulk: Bulk? = nil,
        metadata: [String: String] = [:]
    ) {
        self.init(
            pubsub: pubsub,
            topic: topic,
            rules: [],
            default: route,
            deadLetterTopic: deadLetterTopic,
            bulk: bulk,
            metadata: metadata
        )
    }

    /// Declares a subscription whose rules choose the path.
    ///
    /// - Parameters:
    ///   - pubsub: the pub/sub component.
    ///   - topic: the topic.
    ///   - rules: the rules; the first that matches decides.
    ///   - route: the path for events that match no rule; `nil` to drop them.
    ///   - deadLetterTopic: the topic for events that failed, or `nil` for none.
    ///   - bulk: delivery of many events at once, or `nil` for one by one.
    ///   - metadata: metadata for the component, such as `rawPayload`.
    public init(
        pubsub: PubSubName,
        topic: TopicName,
        rules: [Rule],
        default route: String?,
        deadLetterTopic: TopicName? = nil,
        bulk: Bulk? = nil,
        metadata: [String: String] = [:]
    ) {
        self.pubsub = pubsub
        self.topic = topic
        self.route = route
        self.rules = rules
        self.deadLetterTopic = deadLetterTopic
        self.bulk = bulk
        self.metadata = metadata
    }
}
