extension ConfigurationDefinition {
    /// Reads a Configuration resource: the secret scopes, the available calls, metrics and tracing.
    ///
    /// Other parts are accepted, as in daprd, and listed as unused.
    init(_ resource: ResourceNode) throws(ComponentError) {
        self.init()
        guard let spec = try resource.field("spec") else { return }
        for (key, _) in try spec.entries() where !["secrets", "tracing", "metrics", "api"].contains(key) {
            unusedParts.append("spec.\(key)")
        }
        if let metrics = try spec.field("metrics") {
            metricsEnabled = try metrics.field("enabled")?.bool()
            recordsErrorCodes = try metrics.field("recordErrorCodes")?.bool() ?? false
            for (key, _) in try metrics.entries() where !["enabled", "recordErrorCodes"].contains(key) {
                unusedParts.append("spec.metrics.\(key)")
            }
        }
        if let node = try spec.field("api") { api = try APIAccess(node) }
        if let node = try spec.field("tracing") { try readTracing(node) }
        for member in try spec.field("secrets")?.field("scopes")?.members() ?? [] {
            secretScopes.append(try SecretScope(member))
        }
    }
}

extension ConfigurationDefinition {
    /// daprd's sampling rate when only an exporter is named.
    private static let exporterRate = 0.0001

    /// Reads tracing; spans are made but never exported, because this sidecar has no exporter.
    private mutating func readTracing(_ node: ResourceNode) throws(ComponentError) {
        let exporters = try node.entries().map(\.key).filter { $0 != "samplingRate" }
        unusedParts += exporters.map { "spec.tracing.\($0)" }
        if let rate = try node.field("samplingRate") {
            guard let number = Double(try rate.text()), (0...1).contains(number) else {
                throw rate.bad("must be a number from 0 to 1")
            }
            tracing.mode = number == 0 ? .off : .spans(rate: number)
        } else if !exporters.isEmpty {
            tracing.mode = .spans(rate: Self.exporterRate)
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
