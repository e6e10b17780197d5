internal import DaprJSON
import DaprText

/// `secretstores.local.file`: a JSON file, flattened.
struct FileSecretStore: SecretStore {
    private var secrets: [ExactText: [ExactText: String]] = [:]
    let capabilities: [String]

    init(_ component: ComponentDefinition, files: any ResourceFiles) throws(ComponentError) {
        guard let path = component.metadata["secretsFile"], !path.isEmpty else {
            throw component.error(.missingMetadata(name: "secretsFile"))
        }
        let place = component.metadata.item("secretsFile")?.place
        guard let bytes = files.bytes(of: path) else {
            throw component.error(.notInitialised("the file \(path) cannot be read"), at: place)
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: bytes)
        } catch {
            // The error gives a position and a kind, never a value of the file.
            throw component.error(.notInitialised("the file \(path) is no JSON: \(error)"), at: place)
        }
        guard let object = json.objectValue else {
            throw component.error(.notInitialised("the file \(path) must hold a JSON object"), at: place)
        }
        let separator = component.metadata["nestedSeparator"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
        let isMultiValued = try component.metadata.flag("multiValued", of: component)
        capabilities = isMultiValued ? ["MULTIPLE_KEY_VALUES_PER_SECRET"] : []
        for (name, value) in object {
            if isMultiValued {
                switch value {
                case .string(let text): secrets[ExactText(name)] = [ExactText(name): text]
                case .object(let inner): secrets[ExactText(name)] = Self.flattened(inner, separator: separator)
                // daprd does not find these either.
                case .null, .bool, .number, .array: continue
                }
            } else {
                for (key, text) in Self.flattened([name: value], separator: separator) { secrets[key] = [key: text] }
            }
        }
    }

    func secret(_ name: String) -> [ExactText: String]? { secrets[ExactText(name)] }
    func all() -> [ExactText: [ExactText: String]] { secrets }

    private static func flattened(_ object: JSONObject, separator: String) -> [ExactText: String] {
        var result: [ExactText: String] = [:]
        func add(_ key: String, _ value: JSONValue) {
            switch value {
            case .string(let text): result[ExactText(key)] = text
            case .object(let object): for (name, inner) in object { add(key + separator + name, inner) }
            case .array(let elements):
                for (index, inner) in elements.enumerated() { add("\(key)\(separator)\(index)", inner) }
            // Only strings are secrets; for other values daprd answers with this text.
            case .number(let number): result[ExactText(key)] = "%!s(float64=\(JSONValue.number(number)))"
            case .bool(let bool): result[ExactText(key)] = "%!s(bool=\(bool))"
            case .null: result[ExactText(key)] = "%!s(<nil>)"
            }
        }
        for (name, value) in object { add(name, value) }
        return result
    }
}

extension SecretStoreType {
    /// `secretstores.local.file`.
    package static var localFile: SecretStoreType {
        SecretStoreType(
            type: "secretstores.local.file",
            options: ["secretsFile", "nestedSeparator", "multiValued"]
        ) { component, context throws(ComponentError) in
            try FileSecretStore(component, files: context.files)
        }
    }
}
