extension ComponentError: CustomStringConvertible {
    /// The place, the resource, what is wrong and what to do, in one line.
    package var description: String {
        let subject = resource.map { "\(place): \"\($0)\": " } ?? "\(place): "
        return subject + reason.description
    }
}

extension ComponentError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let detail): "cannot be read: \(detail)"
        case .notYAML(let detail): "is no YAML: \(detail)"
        case .notAResource(let detail): "is no Dapr resource: \(detail)"
        case .unsupportedKind(let kind, let supported):
            "\(kind) is not supported here; supported are \(supported.joined(separator: ", "))"
        case .unsupportedType(let type, let supported):
            "\(type) is not supported by this sidecar, which has \(supported.joined(separator: ", "));"
                + " for others run the same folder with `dapr run`"
        case .missing(let field): "\(field) is missing"
        case .badField(let field, let reason): "\(field): \(reason)"
        case .unsupportedField(let field, let advice): "\(field) is not supported here; \(advice)"
        case .badMetadata(let name, let reason): "metadata \(name): \(reason)"
        case .unknownMetadata(let name, let type, let known):
            "metadata \(name): \(type) knows only \(known.joined(separator: ", "))"
        case .notAFlag(let name, let value):
            "metadata \(name): \"\(value)\" is neither \(ComponentMetadata.yes.joined(separator: ", "))"
                + " nor \(ComponentMetadata.no.joined(separator: ", "))"
        case .missingMetadata(let name): "metadata \(name) is missing or empty"
        case .duplicateName(let first): "another component of this name stands at \(first)"
        case .secretNotFound(let store?, let name, let key):
            "the secret \(name) (key \(key)) is not in the secret store \(store)"
        case .secretNotFound(nil, let name, _):
            "the secret \(name) cannot be looked up: name a secret store under auth.secretStore"
        case .noSecretStore(let name, let present):
            "the secret store \(name), which auth.secretStore names, is not there;"
                + (present.isEmpty ? " there is none" : " there are \(present.joined(separator: ", "))")
        case .secretStoreCircle(let names):
            "secret stores need each other in a circle: \(names.joined(separator: " needs ")); write one of the values out"
        case .secretStoreNotOpened(let name): "the secret store \(name), which auth.secretStore names, was not opened"
        case .notInitialised(let detail): "cannot be opened: \(detail)"
        }
    }
}
