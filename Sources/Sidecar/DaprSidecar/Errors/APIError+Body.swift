internal import DaprJSON

extension APIError {
    /// The error as the JSON body of a response.
    package func body() -> [UInt8] {
        var object: JSONObject = ["errorCode": .string(errorCode)]
        if failedEntries.isEmpty {
            object["message"] = .string(message)
        } else {
            object["failedEntries"] = .array(
                failedEntries.map { .object(["entryId": .string($0.entryID), "error": .string($0.error)]) }
            )
        }
        if !details.isEmpty { object["details"] = .array(details.map { .object($0.object) }) }
        return JSONValue.object(object).serialized(escapingHTML: true)
    }
}

extension ErrorDetail {
    fileprivate var object: JSONObject {
        switch self {
        case .badRequest(let field, let description):
            var violation: JSONObject = ["description": .string(description)]
            violation["field"] = field.map { .string($0) }
            return ["@type": Self.type("BadRequest"), "field_violations": [.object(violation)]]
        case .resource(let type, let name, let description):
            return [
                "@type": Self.type("ResourceInfo"), "resource_type": .string(type), "resource_name": .string(name),
                "owner": "",
                "description": .string(description),
            ]
        case .reason(let reason, let metadata):
            let values = metadata.map { JSONValue.object(JSONObject($0.map { ($0.key, .string($0.value)) })) }
            return [
                "@type": Self.type("ErrorInfo"), "reason": .string(reason), "domain": "dapr.io",
                "metadata": values ?? .null,
            ]
        case .help(let url, let description):
            let link: JSONObject = ["url": .string(url), "description": .string(description)]
            return ["@type": Self.type("Help"), "links": [.object(link)]]
        }
    }

    private static func type(_ name: String) -> JSONValue { .string("type.googleapis.com/google.rpc.\(name)") }
}
