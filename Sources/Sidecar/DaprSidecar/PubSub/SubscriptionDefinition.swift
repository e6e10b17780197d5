package import DaprText

/// A subscription to one topic, declared in a file or by the application.
package struct SubscriptionDefinition: Equatable, Sendable {
    /// Who declared it.
    package enum Origin: String, Sendable {
        /// A Subscription resource.
        case declarative = "DECLARATIVE"
        /// The application's `/dapr/subscribe`.
        case programmatic = "PROGRAMMATIC"
    }

    /// One routing rule; an empty `match` is the default route.
    package struct Rule: Equatable, Sendable {
        /// The CEL expression; empty for the default route.
        package var match: String
        /// The application's path.
        package var path: String

        package init(match: String, path: String) {
            self.match = match
            self.path = path
        }
    }

    /// How messages are gathered into one bulk delivery.
    package struct Bulk: Equatable, Sendable {
        /// The most messages in a delivery.
        package var maxMessages = 100
        /// The longest time that the first message waits for others.
        package var maxAwait: Duration = .seconds(1)

        /// Creates daprd's defaults.
        package init() {}
    }

    /// The pub/sub component.
    package var pubsub: String
    /// The topic; a trailing `*` matches every topic with that beginning.
    package var topic: String
    /// The routes; the default is last.
    package var rules: [Rule]
    /// Where refused messages go; `nil` for nowhere.
    package var deadLetterTopic: String?
    /// Bulk delivery; `nil` for one message at a time.
    package var bulk: Bulk?
    /// The subscription's metadata, such as `rawPayload`.
    package var metadata: [ExactText: String]
    /// The applications that subscribe; empty for all.
    package var scopes: [String]
    /// Who declared it.
    package var origin: Origin
    /// Where it is declared; `nil` for a programmatic one.
    package var place: ResourcePlace?

    package init(
        pubsub: String,
        topic: String,
        rules: [Rule],
        deadLetterTopic: String? = nil,
        bulk: Bulk? = nil,
        metadata: [ExactText: String] = [:],
        scopes: [String] = [],
        origin: Origin = .programmatic,
        place: ResourcePlace? = nil
    ) {
        self.pubsub = pubsub
        self.topic = topic
        self.rules = rules
        self.deadLetterTopic = deadLetterTopic
        self.bulk = bulk
        self.metadata = metadata
        self.scopes = scopes
        self.origin = origin
        self.place = place
    }

    /// Whether messages are delivered in an envelope made around their bytes.
    package var isRaw: Bool {
        metadata.first { $0.key.text.lowercased() == "rawpayload" }?.value.lowercased() == "true"
    }
}
