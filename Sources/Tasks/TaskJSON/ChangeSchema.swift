package import DaprJSON
import Tasks

extension TaskSchema {
    /// The schema of a change in an answer.
    ///
    /// - Parameter task: The schema of a task, or a reference to it.
    /// - Returns: The schema.
    package static func change(task: JSONValue) -> JSONValue {
        .object([
            "type": "object", "additionalProperties": false,
            "required": ["sequence", "time", "type", "task_id", "version", "actor", "channel", "changes", "task"],
            "properties": .object([
                "sequence": [
                    "type": "integer", "minimum": 1,
                    "description":
                        "The owner's changes are numbered 1, 2, 3 … without gaps; events have the same numbers.",
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
                "undone": [
                    "type": "object", "required": ["first", "last"],
                    "description":
                        "The sequences of the command that the change takes back; of an undo only.",
                    "properties": ["first": ["type": "integer"], "last": ["type": "integer"]],
                ],
                "task": .object([
                    "anyOf": .array([task, ["type": "null"]]),
                    "description": "The task after the change; null when it was deleted.",
                ]),
            ]),
        ])
    }
}
