extension ComponentDefinition {
    /// Reads a Component resource.
    init(_ resource: ResourceNode) throws(ComponentError) {
        try resource.allow(only: ["apiVersion", "kind", "metadata", "spec", "scopes", "auth"])
        guard let name = resource.resource else { throw resource.error(.missing(field: "metadata.name")) }
        let spec = try resource.required("spec")
        try spec.allow(only: ["type", "version", "metadata", "initTimeout", "ignoreErrors"])
        // Opening a local file, or nothing, cannot hang, so a limit would never apply; its form is checked all the
        // same.
        _ = try spec.field("initTimeout")?.duration()
        var items: [ComponentMetadata.Item] = []
        for member in try spec.field("metadata")?.members() ?? [] { items.append(try ComponentMetadata.Item(member)) }
        self.init(
            name: name,
            type: try spec.required("type").string(),
            version: try spec.field("version")?.string() ?? "v1",
            metadata: ComponentMetadata(items: items),
            place: resource.place,
            namespace: try resource.required("metadata").field("namespace")?.string(),
            scopes: try resource.field("scopes")?.strings() ?? [],
            secretStore: try resource.field("auth")?.field("secretStore")?.string(),
            ignoresErrors: try spec.field("ignoreErrors")?.bool() ?? false
        )
        typePlace = try spec.field("type")?.place
        versionPlace = try spec.field("version")?.place
    }
}

extension ComponentMetadata.Item {
    /// Reads one entry of `spec.metadata`.
    fileprivate init(_ member: ResourceNode) throws(ComponentError) {
        try member.allow(only: ["name", "value", "secretKeyRef", "envRef"])
        let name = try member.required("name").string()
        let source: ComponentMetadata.Source
        if let reference = try member.field("secretKeyRef") {
            let secret = try reference.required("name").string()
            source = .secret(name: secret, key: try reference.field("key")?.string() ?? secret)
        } else if let variable = try member.field("envRef") {
            source = .environment(try variable.string())
        } else {
            source = .value(try member.field("value")?.text() ?? "")
        }
        self.init(name: name, source: source, place: member.place)
    }
}
