import DaprJSON
import Tasks

extension ActivityEndpoints {
    /// The schema of the answer to `GET /api/activity`.
    static let schema: JSONValue = .object([
        "type": "object", "additionalProperties": false,
        "required": ["sequence", "today", "days", "streak", "recent"],
        "properties": .object([
            "sequence": .object([
                "type": "integer", "minimum": 0,
                "description": "The last change that is counted; events and the journal have the same numbers.",
            ]),
            "today": .object(["type": "string", "format": "date", "description": "The day of the answer, in UTC."]),
            "days": .object([
                "type": "array", "items": day, "maxItems": .integer(Activity.dayLimit),
                "description": "Days on which something was counted, the oldest first; the others had none.",
            ]),
            "streak": streak,
            "recent": .object([
                "type": "array", "items": recentChange, "maxItems": .integer(Activity.recentLimit),
                "description": "The last changes, the newest first.",
            ]),
        ]),
    ])

    private static let count: JSONValue = ["type": "integer", "minimum": 0]

    private static let day: JSONValue = .object([
        "type": "object", "additionalProperties": false,
        "required": ["date", "created", "completed", "reopened", "deleted"],
        "properties": .object([
            "date": ["type": "string", "format": "date"], "created": count, "completed": count, "reopened": count,
            "deleted": count,
        ]),
    ])

    private static let streak: JSONValue = .object([
        "type": "object", "additionalProperties": false, "required": ["current", "longest"],
        "description": "Days in a row with a completion on each.",
        "properties": .object([
            "current": .object([
                "type": "integer", "minimum": 0, "description": "Up to today or yesterday; 0 when it is broken.",
            ]),
            "longest": count,
        ]),
    ])

    private static let recentChange: JSONValue = .object([
        "type": "object", "additionalProperties": false,
        "required": ["sequence", "time", "type", "task_id", "title"],
        "properties": .object([
            "sequence": ["type": "integer", "minimum": 1], "time": ["type": "string", "format": "date-time"],
            "type": .object([
                "type": "string",
                "enum": .array(TaskChange.Kind.allCases.map { .string($0.eventType) }),
            ]),
            "task_id": ["type": "string", "format": "uuid"], "title": ["type": "string"],
        ]),
    ])
}
