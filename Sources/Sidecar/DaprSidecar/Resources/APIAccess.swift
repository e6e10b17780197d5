/// `spec.api` of a Configuration: which calls of the API are available.
package struct APIAccess: Equatable, Sendable {
    /// One entry of `allowed` or `denied`; it applies to HTTP only when it names that protocol.
    package struct Rule: Equatable, Sendable {
        /// The first word of the path, or a beginning of it: `state`, `publish`.
        package var name: String
        /// The version in the path: `v1.0`, `v1.0-alpha1`.
        package var version: String

        package init(name: String, version: String) {
            self.name = name
            // daprd accepts the versions of its gRPC packages for those of its paths.
            self.version =
                switch version {
                case "v1": "v1.0"
                case "v1alpha1": "v1.0-alpha1"
                default: version
                }
        }

        fileprivate func holds(_ version: String, _ name: String) -> Bool {
            self.version.utf8.elementsEqual(version.utf8) && name.utf8.starts(with: self.name.utf8)
        }
    }

    /// The only available calls, unless empty.
    package var allowed: [Rule] = []
    /// Calls that are unavailable.
    package var denied: [Rule] = []

    /// Allows everything.
    package init() {}

    /// Whether calls that begin with this version and word are available; health checks always are.
    package func allows(_ version: String, _ name: String) -> Bool {
        if name == "healthz" { return true }
        if denied.contains(where: { $0.holds(version, name) }) { return false }
        return allowed.isEmpty || allowed.contains { $0.holds(version, name) }
    }
}

extension APIAccess {
    /// Reads `spec.api`.
    init(_ node: ResourceNode) throws(ComponentError) {
        try node.allow(only: ["allowed", "denied"])
        allowed = try Self.rules(node.field("allowed"))
        denied = try Self.rules(node.field("denied"))
    }

    private static func rules(_ node: ResourceNode?) throws(ComponentError) -> [Rule] {
        var rules: [Rule] = []
        for member in try node?.members() ?? [] {
            try member.allow(only: ["name", "version", "protocol"])
            let rule = Rule(
                name: try member.required("name").string(),
                version: try member.field("version")?.string() ?? ""
            )
            if try member.field("protocol")?.string().lowercased() == "http" { rules.append(rule) }
        }
        return rules
    }
}
