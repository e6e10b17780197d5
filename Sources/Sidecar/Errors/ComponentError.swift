/// Why a resource file, or a component in it, cannot be used.
package struct ComponentError: Error, Equatable, Sendable {
    /// The file and the line.
    package var place: ResourcePlace
    /// The resource's own name; `nil` before it is known.
    package var resource: String?
    /// What is wrong.
    package var reason: Reason

    /// Creates an error.
    package init(place: ResourcePlace, resource: String?, reason: Reason) {
        self.place = place
        self.resource = resource
        self.reason = reason
    }

    /// What is wrong with a resource.
    package enum Reason: Equatable, Sendable {
        /// The folder or the file cannot be read.
        case unreadable(String)
        /// The file is no YAML.
        case notYAML(String)
        /// The document is no Dapr resource.
        case notAResource(String)
        /// A kind or version of resource that this sidecar does not have.
        case unsupportedKind(String, supported: [String])
        /// A component type or version that this sidecar does not have.
        case unsupportedType(String, supported: [String])
        /// A field that must be there is absent.
        case missing(field: String)
        /// A field has a value of the wrong form.
        case badField(field: String, reason: String)
        /// A field whose effect this sidecar does not have.
        case unsupportedField(field: String, advice: String)
        /// A metadata entry has a value that the component does not take.
        case badMetadata(name: String, reason: String)
        /// A metadata entry whose name the component does not know.
        case unknownMetadata(name: String, type: String, known: [String])
        /// A metadata entry that says neither yes nor no.
        case notAFlag(name: String, value: String)
        /// The metadata lacks an entry that the component needs.
        case missingMetadata(name: String)
        /// Two components have one name.
        case duplicateName(first: ResourcePlace)
        /// A secret that a value refers to cannot be read.
        case secretNotFound(store: String?, name: String, key: String)
        /// The secret store that a component names is none of those that are present.
        case noSecretStore(name: String, present: [String])
        /// A secret store needs itself, through those that are named.
        case secretStoreCircle([String])
        /// The secret store that a component names was left out, as it says itself.
        case secretStoreNotOpened(name: String)
        /// The component could not be opened.
        case notInitialised(String)
    }
}

extension ComponentError.Reason {
    /// Whether the component waits for a secret store that does not come.
    var isAboutMissingStore: Bool {
        switch self {
        case .noSecretStore, .secretStoreCircle, .secretStoreNotOpened: true
        default: false
        }
    }

    /// The metadata entry that daprd would not notice: a name that the component does not know, or a no written oddly.
    var ignorableMetadata: String? {
        switch self {
        case .unknownMetadata(let name, _, _), .notAFlag(let name, _): name
        default: nil
        }
    }
}
