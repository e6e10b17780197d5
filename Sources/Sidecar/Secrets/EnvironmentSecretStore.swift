/// `secretstores.local.env`: the sidecar's environment.
///
/// A missing variable is empty, not missing.
struct EnvironmentSecretStore: SecretStore {
    private let environment: [String: String]
    private let prefix: String
    let capabilities: [String] = []

    init(_ component: ComponentDefinition, environment: [String: String]) throws(ComponentError) {
        try component.allow(only: ["prefix"])
        prefix = component.metadata["prefix"] ?? ""
        self.environment = environment
    }

    func secret(_ name: String) -> [String: String]? {
        let variable = prefix + name
        return [name: Self.isPrivate(variable) ? "" : environment[variable] ?? ""]
    }

    func all() -> [String: [String: String]] {
        var secrets: [String: [String: String]] = [:]
        for (variable, value) in environment where variable.hasPrefix(prefix) && !Self.isPrivate(variable) {
            let name = String(variable.dropFirst(prefix.count))
            if !name.isEmpty { secrets[name] = [name: value] }
        }
        return secrets
    }

    /// Whether a variable is the sidecar's own, which applications must not read.
    static func isPrivate(_ variable: String) -> Bool {
        let upper = variable.uppercased()
        return upper.hasPrefix("DAPR_") || upper == "APP_API_TOKEN"
    }
}

extension ComponentDefinition {
    /// Refuses metadata that a component of this type does not know.
    func allow(only known: [String]) throws(ComponentError) {
        for item in metadata.items where !known.contains(where: { $0.lowercased() == item.name.lowercased() }) {
            throw error(
                .unknownMetadata(name: item.name, type: type, known: known),
                at: item.place
            )
        }
    }
}
