import DaprText

extension ComponentDefinition {
    /// Refuses metadata that a state store of this type does not know, so that nobody relies on an option that has no
    /// effect.
    ///
    /// Options common to all state stores are allowed, or refused with a message of their own.
    func allowStateMetadata(only known: [String]) throws(ComponentError) {
        for item in metadata.items {
            let name = item.name.lowercased()
            if name == "keyprefix" || name == "actorstatestore" { continue }
            if name.hasBytePrefix("outbox") || name == "primaryencryptionkey" || name == "secondaryencryptionkey" {
                throw error(
                    .unsupportedField(
                        field: "metadata \(item.name)",
                        advice: "run the same folder with `dapr run` where you need it"
                    ),
                    at: item.place
                )
            }
            guard known.contains(where: { $0.lowercased() == name }) else {
                let all = known.sorted() + ["keyPrefix"]
                throw error(.unknownMetadata(name: item.name, type: type, known: all), at: item.place)
            }
        }
    }
}

/// How an application's keys are kept apart from those of others in one store.
package enum KeyPrefix: Equatable, Sendable {
    /// Keys are stored unchanged.
    case none
    /// Keys are stored as `<text>||<key>`.
    case text(String)

    /// Reads the prefix from a component's `keyPrefix`.
    init(_ component: ComponentDefinition, appID: String, namespace: String?) throws(ComponentError) {
        let strategy = component.metadata["keyPrefix"]?.lowercased() ?? ""
        switch strategy {
        case "", "appid": self = .text(appID)
        case "name": self = .text(component.name)
        case "namespace": self = .text(namespace.map { "\($0).\(appID)" } ?? appID)
        case "none": self = .none
        default:
            if strategy.holdsKeySeparator {
                throw component.error(
                    .badMetadata(name: "keyPrefix", reason: "must not contain ||"),
                    at: component.metadata.item("keyPrefix")?.place
                )
            }
            self = .text(strategy)
        }
    }

    /// The key in the store.
    func stored(_ key: String) -> String {
        switch self {
        case .none: key
        case .text(let prefix): "\(prefix)||\(key)"
        }
    }

    /// The key in the application.
    func original(_ key: String) -> String {
        switch self {
        case .none: key
        case .text(let prefix):
            key.utf8.starts(with: "\(prefix)||".utf8)
                ? String(decoding: key.utf8.dropFirst(prefix.utf8.count + 2), as: UTF8.self) : key
        }
    }
}

extension String {
    /// Whether the text contains `||`, which separates a prefix from a key.
    ///
    /// Bytes are compared, because a combining mark after it would make it another Character.
    var holdsKeySeparator: Bool {
        let bar = UInt8(ascii: "|")
        return zip(utf8, utf8.dropFirst()).contains { $0 == bar && $1 == bar }
    }
}
