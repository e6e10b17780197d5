import DaprText
import HTTPServer
import JSON

/// The OpenAPI 3.1 document of a table of endpoints (https://spec.openapis.org/oas/v3.1.0).
struct OpenAPIDocument: Sendable {
    let endpoints: [Endpoint]

    var document: JSONValue {
        .object([
            "openapi": "3.1.0",
            "info": [
                "title": "Tasks", "version": "1",
                "description":
                    "Tasks of the bearer's own. Each path exists with and without the user's id. Every answer carries `X-Correlation-ID` and `traceparent`; every refusal has the body `Error`.",
            ],
            "servers": [["url": "/"]],
            "tags": .array(usedTags),
            "paths": .object(paths),
            "components": .object(components),
        ])
    }

    private var usedTags: [JSONValue] {
        Operation.Tag.allCases.filter { tag in endpoints.contains { $0.operation.tag == tag } }.map { tag in
            .object(["name": .string(tag.rawValue), "description": .string(tag.description)])
        }
    }

    private var paths: JSONObject {
        var paths = JSONObject()
        for endpoint in endpoints {
            // A rest segment is a plain one to OpenAPI, which knows no other.
            let path = endpoint.path.replacingRestMarks()
            var item = paths[path]?.objectValue ?? JSONObject()
            item[endpoint.method.rawValue.lowercased()] = operation(endpoint.operation)
            paths[path] = .object(item)
        }
        return paths
    }

    private func operation(_ operation: Operation) -> JSONValue {
        var object: JSONObject = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": [.string(operation.tag.rawValue)], "responses": .object(responses(operation)),
        ]
        if !operation.description.isEmpty { object["description"] = .string(operation.description) }
        if !operation.parameters.isEmpty { object["parameters"] = .array(operation.parameters.map(\.document)) }
        if let schema = operation.bodySchema {
            var content = JSONObject()
            for type in operation.body.documentedTypes { content[type] = ["schema": Schema.reference(schema)] }
            object["requestBody"] = .object([
                "required": .bool(operation.body.isMandatory), "content": .object(content),
            ])
        }
        switch operation.security {
        case .open: object["security"] = []
        case .bearer: object["security"] = [["bearer": []]]
        case .appAPIToken: object["security"] = [["appAPIToken": []], [:]]
        }
        return .object(object)
    }

    private func responses(_ operation: Operation) -> JSONObject {
        var responses = JSONObject()
        for success in operation.successes {
            var headers = JSONObject()
            for header in success.headers + [.correlationID, .traceparent] {
                headers[header.rawValue] = ["$ref": .string("#/components/headers/\(header.rawValue)")]
            }
            var response: JSONObject = ["description": .string(success.description), "headers": .object(headers)]
            if let content = success.content {
                response["content"] = .object([content.type: ["schema": content.schema]])
            }
            responses[String(success.status.code)] = .object(response)
        }
        for refusal in operation.refusals {
            responses[String(refusal.status.code)] = ["$ref": .string("#/components/responses/\(refusal.rawValue)")]
        }
        return responses
    }

    private var components: JSONObject {
        var schemas = JSONObject()
        for (name, schema) in Schema.all { schemas[name] = schema }
        var responses = JSONObject()
        for refusal in RefusalDescription.allCases { responses[refusal.rawValue] = refusal.document }
        var headers = JSONObject()
        for header in ResponseHeader.allCases { headers[header.rawValue] = header.document }
        return [
            "schemas": .object(schemas), "responses": .object(responses), "headers": .object(headers),
            "securitySchemes": [
                "bearer": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"],
                "appAPIToken": [
                    "type": "apiKey", "in": "header", "name": "dapr-api-token",
                    "description": "The value of APP_API_TOKEN, when one is set.",
                ],
            ],
        ]
    }
}

extension String {
    /// The path with `{name...}` written `{name}`.
    func replacingRestMarks() -> String {
        hasByteSuffix("...}") ? String(droppingBytes(0, last: 4)) + "}" : self
    }
}
