package import DaprJSON

/// JSON schemas of bodies, as under `components/schemas` (OpenAPI 3.1 uses JSON Schema 2020-12).
package enum Schema {
    /// A reference to a schema by its name.
    package static func reference(_ name: String) -> JSONValue {
        .object(["$ref": .string("#/components/schemas/\(name)")])
    }

    /// The schema of an object.
    ///
    /// - Parameters:
    ///   - properties: The schemas of its members.
    ///   - required: The members that are always there.
    ///   - closed: Whether it has no other members.
    ///   - description: The meaning of the object.
    /// - Returns: The schema.
    package static func object(
        _ properties: JSONObject,
        required: [String] = [],
        closed: Bool = true,
        description: String? = nil
    ) -> JSONValue {
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        if closed { schema["additionalProperties"] = false }
        if let description { schema["description"] = .string(description) }
        return .object(schema)
    }

    /// The schema of the body of every refusal.
    static let error = object(
        [
            "error": object(
                [
                    "code": ["type": "string", "description": "Stable; what programs compare."],
                    "message": ["type": "string", "description": "For people; may change."],
                    "details": ["type": "object"],
                ],
                required: ["code", "message", "details"],
                closed: false
            )
        ],
        required: ["error"],
        closed: false
    )

    /// The schema of the body of every refusal for a client that prefers `application/problem+json` (RFC 9457).
    static let problem = object(
        [
            "type": ["type": "string", "description": "Where the code is described.", "format": "uri-reference"],
            "title": ["type": "string", "description": "What the code means."],
            "status": ["type": "integer"],
            "detail": ["type": "string", "description": "For people; may change."],
            "code": ["type": "string", "description": "Stable; what programs compare."],
            "details": ["type": "object"],
            "errors": [
                "type": "array", "description": "What is wrong with single fields or parameters.",
                "items": ["type": "object", "required": ["code", "detail"]],
            ],
        ],
        required: ["type", "title", "status", "detail", "code"],
        closed: false
    )
}
