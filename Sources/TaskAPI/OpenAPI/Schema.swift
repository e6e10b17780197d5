import JSON
import Tasks

/// The JSON schemas of bodies, as they stand under `components/schemas` (OpenAPI 3.1 uses JSON Schema 2020-12).
enum Schema {
    /// Each schema by its name.
    static let all: [(name: String, schema: JSONValue)] = [
        ("Task", task), ("TaskDraft", draft), ("TaskPatch", patch), ("TaskPage", page), ("Error", error),
        ("Health", health), ("Readiness", readiness), ("Subscriptions", subscriptions), ("CloudEvent", cloudEvent),
        ("EventAnswer", eventAnswer), ("Activity", activity), ("ChangePage", changePage), ("HistoryPage", historyPage),
    ]

    /// A reference to a schema by its name.
    static func reference(_ name: String) -> JSONValue {
        .object(["$ref": .string("#/components/schemas/\(name)")])
    }

    /// What a client may give of a task.
    private static var accepted: JSONObject {
        var properties: JSONObject = [TaskMark.completed.rawValue: completed]
        for field in TaskField.sorted { properties[field.rawValue] = field.schemas.accepted }
        return properties
    }

    /// `status` and `completed` that do not agree.
    private static let contradiction: JSONValue = [
        "required": ["status", "completed"],
        "anyOf": [
            ["properties": ["status": ["const": "done"], "completed": ["const": false]]],
            ["properties": ["status": ["not": ["const": "done"]], "completed": ["const": true]]],
        ],
    ]

    private static func input(required: [String] = [], description: String) -> JSONValue {
        var schema = object(accepted, required: required, description: description).objectValue ?? [:]
        schema["not"] = contradiction
        return .object(schema)
    }

    private static func object(
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

    private static var task: JSONValue {
        var properties = JSONObject()
        for member in TaskMember.sorted { properties[member.name] = member.schema }
        return object(properties, required: TaskMember.sorted.map(\.name), closed: false)
    }

    private static let draft = input(
        required: ["title"],
        description: "What is left out takes its default: `todo`, `medium`, no description, no due date, no tags."
    )

    private static let patch = input(
        description: "A JSON merge patch (RFC 7396): what is left out stays, null removes, lists are replaced whole."
    )

    private static let page = object(
        [
            "items": .object(["type": "array", "items": reference("Task")]),
            "next_cursor": ["type": ["string", "null"], "description": "For the next page; null on the last."],
            "total": ["type": "integer", "minimum": 0, "description": "Tasks that match the filters, over all pages."],
        ],
        required: ["items", "next_cursor", "total"],
        closed: false
    )

    private static let error = object(
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

    private static let health = object(["status": ["const": "ok"]], required: ["status"], closed: false)

    private static let readiness = object(
        [
            "status": ["enum": ["ready", "not_ready"]],
            "checks": .object([
                "type": "object", "additionalProperties": ["enum": ["ok", "failing"]],
            ]),
        ],
        required: ["status", "checks"],
        closed: false
    )

    private static let subscriptions: JSONValue = .object([
        "type": "array",
        "items": object(
            [
                "pubsubname": ["type": "string"], "topic": ["type": "string"], "route": ["type": "string"],
                "deadLetterTopic": ["type": "string"], "bulkSubscribe": ["type": "object"],
                "metadata": ["type": "object"],
            ],
            required: ["pubsubname", "topic"],
            closed: false
        ),
    ])

    private static let cloudEvent = object(
        [
            "id": ["type": "string"], "source": ["type": "string"], "type": ["type": "string"],
            "specversion": ["type": "string"], "data": .object([:]),
            "entries": .object(["type": "array", "items": entry, "description": "The events of a bulk delivery."]),
        ],
        closed: false,
        description: "A CloudEvent in the structured JSON mode, as Dapr delivers it; or many, in a bulk delivery."
    )

    private static let entry = object(
        ["entryId": ["type": "string"], "event": .object([:])],
        required: ["entryId", "event"],
        closed: false
    )

    private static let answerWord: JSONValue = ["enum": ["SUCCESS", "RETRY", "DROP"]]

    private static let eventAnswer = object(
        [
            "status": answerWord,
            "statuses": .object([
                "type": "array",
                "items": object(
                    ["entryId": ["type": "string"], "status": answerWord],
                    required: ["entryId", "status"],
                    closed: false
                ),
                "description": "An answer for each entry of a bulk delivery.",
            ]),
        ],
        closed: false
    )
}
