import DaprJSON
import WebFront

/// The examples of the operations on tasks: what happens to one task, "Buy milk".
///
/// `OpenAPIExampleTests` send each, and hold the answers to these: a field that is new in answers is new here too.
extension Operation.Example {
    static let createTask = Operation.Example(
        body: [
            "title": "Buy milk", "description": "Two litres", "priority": "high", "tags": ["home"],
            "due_date": "2026-02-01T13:00:00+01:00",
        ],
        answer: task([:])
    )
    static let getTask = Operation.Example(answer: task([:]))
    static let listTasks = Operation.Example(
        answer: ["items": [task([:])], "next_cursor": .null, "total": 1]
    )
    static let replaceTask = Operation.Example(
        body: ["title": "Buy oat milk", "priority": "low"],
        answer: task(
            [
                "title": "Buy oat milk", "description": .null, "priority": "low", "tags": [], "due_date": .null,
            ],
            version: 2
        )
    )
    static let patchTask = Operation.Example(
        body: ["status": "in_progress", "due_date": .null],
        answer: task(["status": "in_progress", "due_date": .null], version: 2)
    )
    static let batch = Operation.Example(
        body: [
            "mode": "atomic",
            "operations": [
                ["op": "complete", "id": "019b7ca9-8f2f-7000-8000-000000000001", "if_match": 1],
                [
                    "op": "patch", "id": "019b7ca9-8f2f-7000-8000-000000000001",
                    "edits": [["op": "add", "path": "/tags/-", "value": "done today"]],
                ],
            ],
        ],
        answer: [
            "dry_run": false, "plan": .null,
            "results": [
                ["status": 200, "task": task(["status": "done", "completed": true], version: 2)],
                [
                    "status": 200,
                    "task": task(
                        [
                            "status": "done", "completed": true, "tags": ["home", "done today"],
                            "updated_at": "2026-01-02T03:04:05.680Z",
                        ],
                        version: 3
                    ),
                ],
            ],
            "sequences": ["first": 2, "last": 3], "undo": "2-2-373814825iakqYKGA1hXHXGrLrhE5kA",
        ]
    )
    static let undo = Operation.Example(
        body: ["token": "1-1-3322138253vC9qN7qqPVb2Ksi7lPQBHA"],
        answer: [
            "dry_run": false, "plan": .null,
            "results": [["status": 204, "task_id": "019b7ca9-8f2f-7000-8000-000000000001"]],
            "sequences": ["first": 2, "last": 2],
            "undo": "2-1-373814825X2uua_EioWK6PpP87Fczfw",
        ]
    )
    static let completeTask = Operation.Example(answer: task(["status": "done", "completed": true], version: 2))
    static let reopenTask = Operation.Example(answer: task([:], version: 3))
    static let listChanges = Operation.Example(answer: ["changes": [creation], "more": false, "next": 1])
    static let getTaskHistory = Operation.Example(answer: ["changes": [creation], "next_cursor": .null])
    static let getActivity = Operation.Example(
        answer: [
            "sequence": 1, "today": "2026-01-02",
            "days": [["date": "2026-01-02", "created": 1, "completed": 0, "reopened": 0, "deleted": 0]],
            "streak": ["current": 0, "longest": 0],
            "recent": [
                [
                    "sequence": 1, "time": "2026-01-02T03:04:05.679Z", "type": "task.created",
                    "task_id": "019b7ca9-8f2f-7000-8000-000000000001", "title": "Buy milk",
                ]
            ],
        ]
    )

    /// The task after its creation, or after later commands that left `changed` and `version`, a millisecond each.
    private static func task(_ changed: JSONObject, version: Int = 1) -> JSONValue {
        var task: JSONObject = [
            "id": "019b7ca9-8f2f-7000-8000-000000000001", "user_id": "demo", "title": "Buy milk",
            "description": "Two litres", "status": "todo", "completed": false, "priority": "high", "tags": ["home"],
            "due_date": "2026-02-01T12:00:00.000Z", "created_at": "2026-01-02T03:04:05.679Z",
            "updated_at": .string("2026-01-02T03:04:05.\(678 + version)Z"), "version": .integer(version),
        ]
        for (name, value) in changed { task[name] = value }
        return .object(task)
    }

    private static let creation: JSONValue = [
        "sequence": 1, "time": "2026-01-02T03:04:05.679Z", "type": "task.created",
        "task_id": "019b7ca9-8f2f-7000-8000-000000000001", "version": 1, "actor": "demo", "channel": "rest",
        "changes": [
            "title": ["before": .null, "after": "Buy milk"],
            "description": ["before": .null, "after": "Two litres"],
            "status": ["before": .null, "after": "todo"],
            "priority": ["before": .null, "after": "high"],
            "tags": ["before": .null, "after": ["home"]],
            "due_date": ["before": .null, "after": "2026-02-01T12:00:00.000Z"],
        ],
        "task": task([:]),
    ]
}

extension JSONValue {
    static let editTask: JSONValue = [
        ["op": "test", "path": "/status", "value": "todo"],
        ["op": "replace", "path": "/priority", "value": "low"],
        ["op": "add", "path": "/tags/-", "value": "shop"],
    ]
}
