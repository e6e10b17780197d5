/// Why a resource file, or a component in it, cannot be used.
package struct ComponentError: Error, Equatable, Sendable {
    /// The file and the line.
    package var place: ResourcePlace
    /// The resource's own name; `nil` while it is unknown.
    package var resource: String?
    /// What is wrong.
    package var reason: Reason

    package init(place: ResourcePlace, resource: String?, reason: Reason) {
        self.place = place
        self.resource = resource
        self.reason = reason
    }

    /// What is wrong with a resource.
    package enum Reason: Equatable, Sendable {
        /// The folder or the file cannot be read.
        case unreadable(String)
        /// The file is not YAML.
        case notYAML(String)
        /// The document is not a Dapr resource.
        case notAResource(String)
        /// This sidecar does not support the kind or version of the resource.
        case unsupportedKind(String, supported: [String])
        /// This sidecar does not support the type or version of the component.
        case unsupportedType(String, supported: [String])
        /// A required field is absent.
        case missing(field: String)
        /// A field's value has the wrong form.
        case badField(field: String, reason: String)
        /// This sidecar does not support the field.
        case unsupportedField(field: String, advice: String)
        /// A metadata entry has a value that the component does not accept.
        case badMetadata(name: String, reason: String)
        /// The component does not know the name of a metadata entry.
        case unknownMetadata(name: String, type: String, known: [String])
        /// A metadata entry should be a yes or a no and is neither.
        case notAFlag(name: String, value: String)
        /// The metadata lacks an entry that the component needs.
        case missingMetadata(name: String)
        /// Two components have the same name.
        case duplicateName(first: ResourcePlace)
        /// A secret that a value refers to cannot be read.
        case secretNotFound(store: String?, name: String, key: String)
        /// A component names a secret store that is not among those present.
        case noSecretStore(name: String, present: [String])
        /// Secret stores need each other in a circle; the names are in order.
        case secretStoreCircle([String])
        /// A component names a secret store that could not be opened and was skipped.
        case secretStoreNotOpened(name: String)
        /// The component could not be opened.
        case notInitialised(String)
    }
}

extension ComponentError.Reason {
    /// Whether the component is waiting for a secret store that will not be there.
    var isAboutMissingStore: Bool {
        switch self {
        case .noSecretStore, .secretStoreCircle, .secretStoreNotOpened: true
        default: false
        }
    }

    /// The metadata entry that daprd would let pass: the component does not know its name, or it is neither a yes nor a
    /// no.
    var ignorableMetadata: String? {
        switch self {
        case .unknownMetadata(let name, _, _), .notAFlag(let name, _): name
        default: nil
        }
    }
}
