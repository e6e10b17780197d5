import DaprText

/// `secretstores.local.env`: the sidecar's environment.
///
/// A variable that is not set counts as an empty secret, not as a missing one.
struct EnvironmentSecretStore: SecretStore {
    private let environment: [ExactText: String]
    private let prefix: String
    let capabilities: [String] = []

    init(_ component: ComponentDefinition, environment: [ExactText: String]) {
        prefix = component.metadata["prefix"] ?? ""
        self.environment = environment
    }

    func secret(_ name: String) -> [ExactText: String]? {
        let variable = prefix + name
        return [ExactText(name): Self.isPrivate(variable) ? "" : environment[variable] ?? ""]
    }

    func all() -> [ExactText: [ExactText: String]] {
        var secrets: [ExactText: [ExactText: String]] = [:]
        let prefix = prefix.utf8
        for (variable, value) in environment.map({ ($0.key.text, $0.value) })
        where variable.utf8.starts(with: prefix) && !Self.isPrivate(variable) {
            let name = String(decoding: variable.utf8.dropFirst(prefix.count), as: UTF8.self)
            if !name.isEmpty { secrets[ExactText(name)] = [ExactText(name): value] }
        }
        return secrets
    }

    /// Whether a variable is the sidecar's own, which applications must not read.
    static func isPrivate(_ variable: String) -> Bool {
        let upper = variable.uppercased().utf8
        return upper.starts(with: "DAPR_".utf8) || upper.elementsEqual("APP_API_TOKEN".utf8)
    }
}

extension SecretStoreType {
    /// `secretstores.local.env`.
    package static var localEnvironment: SecretStoreType {
        SecretStoreType(type: "secretstores.local.env", options: ["prefix"]) {
            component,
            context throws(ComponentError) in
            EnvironmentSecretStore(component, environment: context.environment)
        }
    }
}
