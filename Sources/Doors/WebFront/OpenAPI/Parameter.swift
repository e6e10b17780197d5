package import DaprJSON

/// A parameter of an operation, as the OpenAPI document describes it.
package struct Parameter: Sendable {
    /// The place of a parameter in a request.
    package enum Place: String, Sendable {
        case path, query, header
    }

    let name: String
    let place: Place
    let description: String
    let schema: JSONValue
    /// The value in the operation's example; one of a path always has it.
    let example: JSONValue?

    package init(name: String, place: Place, description: String, schema: JSONValue, example: JSONValue? = nil) {
        self.name = name
        self.place = place
        self.description = description
        self.schema = schema
        self.example = example
    }

    /// The parameter's object in the OpenAPI document.
    var document: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "in": .string(place.rawValue), "required": .bool(place == .path),
            "description": .string(description), "schema": schema,
        ]
        object["example"] = example
        return .object(object)
    }
}

extension Parameter {
    /// The user whose data the path names.
    package static let userID = Parameter(
        name: "user_id",
        place: .path,
        description: "The token's subject; any other is refused.",
        schema: ["type": "string"],
        example: "demo"
    )
    package static let correlationID = Parameter(
        name: "X-Correlation-ID",
        place: .header,
        description: "Names the request in logs: 1 to 128 characters of `[A-Za-z0-9._-]`; any other text is replaced.",
        schema: ["type": "string"]
    )
    package static let traceparent = Parameter(
        name: "traceparent",
        place: .header,
        description: "The caller's W3C trace context.",
        schema: ["type": "string"]
    )
}
