import DaprHTTP
import DaprJSON
import DaprText

/// The OpenAPI 3.1 document of a table of endpoints (https://spec.openapis.org/oas/v3.1.0).
struct OpenAPIDocument: Sendable {
    let api: APIDescription
    /// The endpoints in the document.
    let endpoints: [Endpoint]

    var document: JSONValue {
        .object([
            "openapi": "3.1.0",
            "info": .object([
                "title": .string(api.service.title), "version": "1", "description": .string(api.service.text),
            ]),
            "servers": [["url": "/"]],
            "tags": .array(usedTags),
            "paths": .object(paths),
            "components": .object(components),
            "x-error-codes": .array(api.errors.answers.map(errorCode)),
        ])
    }

    /// A code of refusals, all that can be said of it, and an answer with it.
    private func errorCode(_ answer: ErrorAnswer) -> JSONValue {
        .object([
            "code": .string(answer.code.name), "status": .integer(answer.code.status.code),
            "meaning": .string(answer.code.meaning), "remedy": .string(answer.code.remedy), "example": answer.body,
        ])
    }

    private var usedTags: [JSONValue] {
        endpoints.tags.map { .object(["name": .string($0.name), "description": .string($0.description)]) }
    }

    private var paths: JSONObject {
        var paths = JSONObject()
        for endpoint in endpoints {
            // OpenAPI knows no rest segments, so they appear as plain ones.
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
            "tags": [.string(operation.tag.name)], "responses": .object(responses(operation)),
        ]
        if !operation.description.isEmpty { object["description"] = .string(operation.description) }
        if !operation.parameters.isEmpty { object["parameters"] = .array(operation.parameters.map(\.document)) }
        if let schema = operation.bodySchema {
            var content = JSONObject()
            let example = operation.example.body
            for (index, type) in operation.body.documentedTypes.enumerated() {
                if let other = operation.otherBodies.first(where: { $0.type.essence.hasSameBytes(as: type) }) {
                    content[type] = [
                        "schema": Schema.reference(other.schema), "examples": ["body": ["value": other.example]],
                    ]
                    continue
                }
                content[type] = media(Schema.reference(schema), example: index == 0 ? example : nil)
            }
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

    private func media(_ schema: JSONValue, example: JSONValue?) -> JSONValue {
        var object: JSONObject = ["schema": schema]
        object["example"] = example
        return .object(object)
    }

    private func responses(_ operation: Operation) -> JSONObject {
        var responses = JSONObject()
        for (index, success) in operation.successes.enumerated() {
            var response: JSONObject = [
                "description": .string(success.description),
                "headers": ResponseHeader.references(to: success.headers),
            ]
            if let content = success.content {
                let example = index == 0 ? operation.example.answer : nil
                response["content"] = .object([content.type: media(content.schema, example: example)])
            }
            responses[String(success.status.code)] = .object(response)
        }
        for refusal in operation.refusals {
            responses[String(refusal.status.code)] = ["$ref": .string("#/components/responses/\(refusal.name)")]
        }
        return responses
    }

    /// The components of all doors, whichever endpoints are listed, so that an operation looks the same on each port.
    private var components: JSONObject {
        var schemas = JSONObject()
        for (name, schema) in api.schemas { schemas[name] = schema }
        var responses = JSONObject()
        var headers = JSONObject()
        func note(_ used: [ResponseHeader]) {
            for header in used { headers[header.name] = header.document }
        }
        note(ResponseHeader.everywhere)
        for operation in (api.endpoints + endpoints).map(\.operation) {
            for success in operation.successes { note(success.headers) }
            // Nearly every operation has the same.
            for refusal in operation.refusals where responses[refusal.name] == nil {
                responses[refusal.name] = refusal.document
                note(refusal.headers)
            }
        }
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
    /// The path with `{name...}` replaced by `{name}`.
    func replacingRestMarks() -> String {
        hasByteSuffix("...}") ? String(droppingBytes(0, last: 4)) + "}" : self
    }
}

extension [Endpoint] {
    /// The tags of the endpoints, each once, in order.
    var tags: [Operation.Tag] {
        var tags: [Operation.Tag] = []
        for row in self where !tags.contains(row.operation.tag) { tags.append(row.operation.tag) }
        return tags
    }
}
