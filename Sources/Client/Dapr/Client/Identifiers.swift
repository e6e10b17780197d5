/// A name or key of Dapr, kept apart from others by its type so that arguments cannot be swapped.
///
/// Any text can be held; what a call cannot send, such as an empty key, it refuses with ``DaprError/Kind/invalidArgument``.
public protocol DaprIdentifier: RawRepresentable<String>, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// Makes an identifier of any text.
    init(rawValue: String)
}

extension DaprIdentifier {
    /// Makes an identifier of any text.
    public init(_ text: String) { self.init(rawValue: text) }

    /// Makes an identifier of a literal.
    public init(stringLiteral text: String) { self.init(rawValue: text) }

    /// The text of the identifier.
    public var description: String { rawValue }
}

/// The name of a state store component: `metadata.name` of its YAML.
public struct StateStoreName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a pub/sub component: `metadata.name` of its YAML.
public struct PubSubName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a topic; it may contain slashes where the broker allows them (Kafka does not).
public struct TopicName: DaprIdentifier {
    /// The name of the topic.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The key of a value in a state store, without the prefix that the sidecar adds.
///
/// It must not be empty nor contain `||`, which separates the prefix from the key.
public struct StateKey: DaprIdentifier {
    /// The key as the app names it.
    public let rawValue: String

    /// Makes a key of any text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Whether two keys are the same to a store: the same bytes of UTF-8, not only the same text to Unicode.
    public static func == (left: StateKey, right: StateKey) -> Bool {
        let (left, right) = (left.rawValue.utf8Span.span, right.rawValue.utf8Span.span)
        guard left.count == right.count else { return false }
        for place in left.indices where left[place] != right[place] { return false }
        return true
    }

    /// Feeds the key to a hasher; equal bytes make equal texts, so the text's own hash will do.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// The version of a stored value, as the store names it: opaque text without quotes.
public struct ETag: DaprIdentifier {
    /// The text as the sidecar answered it.
    public let rawValue: String

    /// Makes an ETag of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a secret store component: `metadata.name` of its YAML.
public struct SecretStoreName: DaprIdentifier {
    /// The name as it stands in the component file.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The Dapr id of an app, optionally with its namespace: `orders` or `orders.production`.
public struct AppID: DaprIdentifier {
    /// The id as given to the app's sidecar.
    public let rawValue: String

    /// Makes an id of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}
