/// The name of a configuration store component: `metadata.name` of its YAML.
public struct ConfigurationStoreName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The key of a value in a configuration store; not empty.
public struct ConfigurationKey: DaprIdentifier {
    /// The key as the store names it.
    public let rawValue: String

    /// Makes a key of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The id that the sidecar gave a subscription to a configuration store.
public struct ConfigurationSubscriptionID: DaprIdentifier {
    /// The text as the sidecar answered it.
    public let rawValue: String

    /// Makes an id of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A value of a configuration store.
///
/// On the wire, under its key: `{"value":"blue","version":"v1","metadata":{}}`.
/// See [Configuration API](https://docs.dapr.io/reference/api/configuration_api/).
public struct ConfigurationItem: Sendable, Hashable {
    /// The value; empty when the store has none, as after a deletion that a subscription reports.
    public var value: String
    /// The version as the store names it; `nil` when it does not say.
    ///
    /// Redis takes what stands behind `||` in the stored text.
    public var version: String?
    /// What else the store says of it.
    public var metadata: [String: String]

    /// Makes an item, for a test.
    public init(value: String, version: String? = nil, metadata: [String: String] = [:]) {
        self.value = value
        self.version = version
        self.metadata = metadata
    }
}
