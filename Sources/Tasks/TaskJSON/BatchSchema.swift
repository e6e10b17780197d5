package import DaprJSON
import Tasks

extension TaskSchema {
    /// The schema of a batch's operations, made of the schemas of what they take, or of references to them.
    package static func operations(
        draft: JSONValue,
        replacement: JSONValue,
        patch: JSONValue,
        edits: JSONValue
    ) -> JSONValue {
        .object([
            "type": "array", "minItems": 1, "maxItems": .integer(TaskRules.operationLimit),
            "items": .object([
                "anyOf": .array(
                    BatchOperation.allCases.map { operation in
                        var properties: JSONObject = ["op": ["const": .string(operation.rawValue)]]
                        for member in operation.members {
                            properties[member.rawValue] =
                                switch member {
                                case .as:
                                    [
                                        "type": "string", "pattern": "^[A-Za-z0-9_-]{1,50}$",
                                        "description": "The name by which later operations mean the task: `$` and it.",
                                    ]
                                case .id:
                                    [
                                        "type": "string",
                                        "anyOf": [["format": "uuid"], ["pattern": "^[$][A-Za-z0-9_-]{1,50}$"]],
                                        "description": "The task's identifier, or `$` and the name of an earlier one.",
                                    ]
                                case .task: operation == .create ? draft : operation == .replace ? replacement : patch
                                case .edits: edits
                                case .ifMatch:
                                    .object([
                                        "type": "integer", "minimum": 1, "maximum": .integer(1 << 53),
                                        "description": "The version that the task must have, as in `If-Match`.",
                                    ])
                                case .merge:
                                    [
                                        "type": "boolean", "default": false,
                                        "description": "As `Prefer: merge`; needs `if_match`.",
                                    ]
                                }
                        }
                        var schema: JSONObject = [
                            "type": "object", "properties": .object(properties), "additionalProperties": false,
                        ]
                        var required: [JSONValue] = ["op"]
                        if operation.members.contains(.id) { required.append("id") }
                        if operation == .patch {
                            schema["oneOf"] = [["required": ["task"]], ["required": ["edits"]]]
                        } else if operation.members.contains(.task) {
                            required.append("task")
                        }
                        if operation.members.contains(.merge) {
                            schema["if"] = ["required": ["merge"], "properties": ["merge": ["const": true]]]
                            schema["then"] = ["required": ["if_match"]]
                        }
                        schema["required"] = .array(required)
                        return .object(schema)
                    }
                )
            ]),
        ])
    }
}
