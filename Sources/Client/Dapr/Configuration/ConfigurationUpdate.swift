internal import DaprJSON

/// Values that have changed, which the sidecar posts to the app at `/configuration/{store}/{key}`, one request for each key.
///
/// On the wire: `{"id":"<subscription>","items":{"colour":{"value":"red","version":"v2"}}}`. Answer it with status 200.
///
/// See [Configuration API: subscribe](https://docs.dapr.io/reference/api/configuration_api/#subscribe-configuration).
public struct ConfigurationUpdate: Sendable, Hashable {
    /// The subscription that the update belongs to.
    public let subscription: ConfigurationSubscriptionID
    /// The new values by their keys.
    public let items: [ConfigurationKey: ConfigurationItem]

    /// Makes an update, for a test.
    public init(subscription: ConfigurationSubscriptionID, items: [ConfigurationKey: ConfigurationItem]) {
        self.subscription = subscription
        self.items = items
    }

    /// Reads an update from the body of the request.
    ///
    /// - Throws: ``DeliveryError/malformedBody(expected:)`` when the body is not an update.
    public init(decoding body: [UInt8]) throws(DeliveryError) {
        // Where the text is broken does not matter: nobody can correct it.
        guard let value = try? JSONValue(parsing: body), let id = value["id"]?.stringValue,
            let items = value["items"].flatMap(ConfigurationItems.items)
        else { throw .malformedBody(expected: "an object with id and items") }
        self.init(subscription: ConfigurationSubscriptionID(id), items: items)
    }
}
