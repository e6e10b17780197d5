import JSON
import Tasks

extension Schema {
    /// The answer to `GET /api/changes`.
    static let changePage: JSONValue = .object([
        "type": "object", "additionalProperties": false, "required": ["changes", "more", "next"],
        "properties": .object([
            "changes": .object(["type": "array", "items": change]),
            "more": ["type": "boolean", "description": "Whether there are changes after these."],
            "next": ["type": "integer", "minimum": 0, "description": "What to give as `since` the next time."],
        ]),
    ])

    /// The answer to `GET /api/tasks/{id}/history`.
    static let historyPage: JSONValue = .object([
        "type": "object", "additionalProperties": false, "required": ["changes", "next_cursor"],
        "properties": .object([
            "changes": .object(["type": "array", "items": change]),
            "next_cursor": [
                "type": ["string", "null"], "description": "For older changes; null when there are none.",
            ],
        ]),
    ])

    private static let change: JSONValue = .object([
        "type": "object", "additionalProperties": false,
        "required": ["sequence", "time", "type", "task_id", "version", "actor", "channel", "changes", "task"],
        "properties": .object([
            "sequence": [
                "type": "integer", "minimum": 1,
                "description": "The owner's changes are numbered 1, 2, 3 … without gaps; events have the same numbers.",
            ],
            "time": ["type": "string", "format": "date-time"],
            "type": .object([
                "type": "string",
                "enum": .array(TaskChange.Kind.allCases.map { .string($0.eventType) }),
            ]),
            "task_id": ["type": "string", "format": "uuid"],
            "version": ["type": "integer", "minimum": 1],
            "actor": ["type": "string", "description": "Who did it."],
            "channel": .object([
                "type": "string", "enum": .array(Channel.allCases.map { .string($0.rawValue) }),
                "description": "Through which door.",
            ]),
            "changes": .object([
                "type": "object",
                "description":
                    "The fields that changed; none when a request with an `Idempotency-Key` found nothing to change.",
                "additionalProperties": .object([
                    "type": "object", "additionalProperties": false, "required": ["before", "after"],
                    "properties": ["before": [:], "after": [:]],
                ]),
            ]),
            "task": .object([
                "anyOf": .array([reference("Task"), ["type": "null"]]),
                "description": "The task after the change; null when it was deleted.",
            ]),
        ]),
    ])
}
