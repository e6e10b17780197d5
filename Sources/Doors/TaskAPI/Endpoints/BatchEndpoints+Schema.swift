import DaprJSON
import TaskJSON
import Tasks
import WebFront

extension BatchEndpoints {
    static let batchSchema = Schema.object(
        [
            "mode": .object([
                "type": "string", "enum": .array(TaskCommand.Mode.allCases.map { .string($0.rawValue) }),
                "default": "atomic", "description": "Whether one refusal refuses all, or only its operation.",
            ]),
            "dry_run": ["type": "boolean", "default": false, "description": "Decide and answer, and write nothing."],
            "plan": [
                "type": ["string", "null"],
                "description": "The `plan` of a dry run: refused with 409 when the outcome would be another now.",
            ],
            "operations": TaskSchema.operations(
                draft: Schema.reference("TaskDraft"),
                replacement: Schema.reference("TaskReplacement"),
                patch: Schema.reference("TaskPatch"),
                edits: Schema.reference("TaskEdits")
            ),
        ],
        required: ["operations"]
    )

    static let undoSchema = Schema.object(
        [
            "token": ["type": "string", "description": "The `Undo-Token` of a write, or the `undo` of a batch."],
            "dry_run": ["type": "boolean", "default": false, "description": "Decide and answer, and write nothing."],
            "force": [
                "type": "boolean", "default": false, "description": "Set fields that were changed since all the same.",
            ],
        ],
        required: ["token"]
    )

    static let answerSchema = Schema.object(
        [
            "dry_run": ["type": "boolean"],
            "plan": ["type": ["string", "null"], "description": "Of a dry run: names the outcome."],
            "results": .object([
                "type": "array", "description": "Of each operation, in order; of an undo, of each task.",
                "items": result,
            ]),
            "sequences": .object([
                "type": ["object", "null"], "description": "Of the changes; null when nothing was changed.",
                "required": ["first", "last"],
                "properties": [
                    "first": ["type": "integer", "minimum": 1], "last": ["type": "integer", "minimum": 1],
                ],
            ]),
            "undo": [
                "type": ["string", "null"], "description": "Takes all of it back; null when nothing was changed.",
            ],
        ],
        required: ["dry_run", "plan", "results", "sequences", "undo"],
        closed: false
    )

    private static let result = Schema.object(
        [
            "status": [
                "type": "integer",
                "description": "As that of the operation by itself: 201 created, 200 changed, 204 gone, 4xx refused.",
            ],
            "task": .object([
                "anyOf": [
                    Schema.reference("Task"), Schema.reference("TaskPart"),
                    [
                        "type": "object", "required": ["id", "title"],
                        "properties": ["id": ["type": "string", "pattern": "^[$][0-9]+$"]],
                    ],
                ],
                "description": "The task after the operation; of a dry run without what only a commit decides.",
            ]),
            "task_id": ["type": "string", "description": "The task that is gone."],
            "error": ["type": "object", "description": "Why the operation is refused, in a partial batch."],
            "merged": [
                "type": "array", "items": ["type": "string"],
                "description": "The fields that others had changed since `if_match`, and that were kept.",
            ],
            "diff": ["type": "object", "description": "Of a dry run: each field that changes, `before` and `after`."],
        ],
        required: ["status"],
        closed: false
    )
}
