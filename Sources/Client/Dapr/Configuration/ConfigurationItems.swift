internal import DaprJSON

/// Reads items by their keys: `{"colour":{"value":"blue","version":"v1"},"size":{"value":"9"}}`.
enum ConfigurationItems {
    /// The items, or `nil` when the value is not an object of items.
    static func items(_ value: JSONValue) -> [ConfigurationKey: ConfigurationItem]? {
        guard let object = value.objectValue else { return nil }
        var items: [ConfigurationKey: ConfigurationItem] = [:]
        for (key, value) in object {
            guard value.objectValue != nil else { return nil }
            let item = JSONAnswer(value)
            let version = item.text("version") ?? ""
            items[ConfigurationKey(key)] = ConfigurationItem(
                // A field that is empty is left out.
                value: item.text("value") ?? "",
                version: version.isEmpty ? nil : version,
                metadata: item.texts("metadata")
            )
        }
        return items
    }
}
