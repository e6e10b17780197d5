extension ConfigurationDefinition {
    /// Reads a Configuration resource: the secret scopes.
    ///
    /// Other parts are accepted as daprd accepts them, and listed.
    init(_ resource: ResourceNode) throws(ComponentError) {
        self.init()
        guard let spec = try resource.field("spec") else { return }
        for (key, _) in try spec.entries() where key != "secrets" { unusedParts.append("spec.\(key)") }
        for member in try spec.field("secrets")?.field("scopes")?.members() ?? [] {
            secretScopes.append(try SecretScope(member))
        }
    }
}

extension SecretScope {
    fileprivate init(_ node: ResourceNode) throws(ComponentError) {
        try node.allow(only: ["storeName", "defaultAccess", "allowedSecrets", "deniedSecrets"])
        self.init(store: try node.required("storeName").string())
        if let access = try node.field("defaultAccess") {
            switch try access.string().lowercased() {
            case "allow": allowsByDefault = true
            case "deny": allowsByDefault = false
            default: throw access.bad("must be allow or deny")
            }
        }
        allowed = try node.field("allowedSecrets")?.strings() ?? []
        denied = try node.field("deniedSecrets")?.strings() ?? []
    }
}
