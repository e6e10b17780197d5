internal import DaprText

/// What a sidecar says of itself: its app, version, components and subscriptions.
///
/// See [Metadata API](https://docs.dapr.io/reference/api/metadata_api/).
public struct SidecarMetadata: Sendable, Hashable {
    /// A component that was loaded.
    public struct Component: Sendable, Hashable {
        /// The name by which calls address it.
        public var name: String
        /// The type, such as `state.postgresql`.
        public var type: String
        /// The version of the type, such as `v1`; empty when the sidecar does not say.
        public var version: String
        /// What it can do: `ETAG`, `TRANSACTIONAL`, `TTL` and others; unknown ones are kept.
        public var capabilities: Set<String>

        /// Makes a component, for a test.
        public init(name: String, type: String, version: String = "", capabilities: Set<String> = []) {
            self.name = name
            self.type = type
            self.version = version
            self.capabilities = capabilities
        }
    }

    /// A subscription that the sidecar holds for the app.
    public struct ActiveSubscription: Sendable, Hashable {
        /// The pub/sub component.
        public var pubsub: PubSubName
        /// The topic.
        public var topic: TopicName
        /// Where events are delivered.
        public var rules: [Rule]
        /// The topic for events that failed, or `nil`.
        public var deadLetterTopic: TopicName?
        /// `DECLARATIVE`, `PROGRAMMATIC` or `STREAMING`.
        public var type: String
        /// The metadata of the subscription, such as `rawPayload`.
        public var metadata: [String: String]
    }

    /// A rule of a subscription: events that match go to the path.
    public struct Rule: Sendable, Hashable {
        /// The condition, or `nil` for the default.
        public var match: String?
        /// The path on the app.
        public var path: String
    }

    /// The id of the app that the sidecar serves.
    public var id: AppID
    /// The version of the runtime, such as `1.18.3`; empty when the sidecar does not say.
    public var runtimeVersion: String
    /// Features that are on, in any order.
    public var enabledFeatures: [String]
    /// The components that were loaded, in any order.
    public var components: [Component]
    /// The subscriptions the sidecar holds; it may hold none before the app is ready.
    public var subscriptions: [ActiveSubscription]
    /// Values that the app or `dapr run` added, and `daprRuntimeVersion`.
    public var extended: [String: String]

    /// Makes metadata, for a test.
    public init(
        id: AppID,
        runtimeVersion: String = "",
        enabledFeatures: [String] = [],
        components: [Component] = [],
        subscriptions: [ActiveSubscription] = [],
        extended: [String: String] = [:]
    ) {
        self.id = id
        self.runtimeVersion = runtimeVersion
        self.enabledFeatures = enabledFeatures
        self.components = components
        self.subscriptions = subscriptions
        self.extended = extended
    }

    /// The component with a name, or `nil` when none was loaded.
    public func component(_ name: String) -> Component? {
        components.first { $0.name.hasSameBytes(as: name) }
    }
}
