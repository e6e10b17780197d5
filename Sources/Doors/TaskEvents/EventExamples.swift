import DaprJSON
import WebFront

/// The examples of the sidecar's calls; `OpenAPIExampleTests` send each.
extension Operation.Example {
    static let subscriptions = Operation.Example(
        answer: [
            [
                "pubsubname": "pubsub", "topic": "task-commands", "route": "/events/task-commands",
                "deadLetterTopic": "task-commands-dead",
            ],
            [
                "pubsubname": "pubsub", "topic": "tasks", "route": "/events/tasks", "deadLetterTopic": "tasks-dead",
            ],
            [
                "pubsubname": "pubsub", "topic": "task-commands-dead", "route": "/events/dead/task-commands",
                "metadata": ["rawPayload": "true"],
            ],
            [
                "pubsubname": "pubsub", "topic": "tasks-dead", "route": "/events/dead/tasks",
                "metadata": ["rawPayload": "true"],
            ],
        ]
    )
    static let taskCommand = Operation.Example(
        body: [
            "specversion": "1.0", "id": "7f3c9a52-1", "source": "/billing", "type": "task.create",
            "datacontenttype": "application/json",
            "data": ["user_id": "demo", "title": "Send the invoice", "due_date": "2026-02-01T12:00:00Z"],
        ],
        answer: ["status": "SUCCESS"]
    )
    static let taskEvent = Operation.Example(
        body: [
            "specversion": "1.0", "id": "demo/1", "source": "/tasks", "type": "task.created",
            "subject": "019b7ca9-8f2f-7000-8000-000000000001", "time": "2026-01-02T03:04:05.679Z",
            "datacontenttype": "application/json", "owner": "demo", "sequence": 1, "data": ["title": "Buy milk"],
        ],
        answer: ["status": "SUCCESS"]
    )
    static let deadTaskCommand = Operation.Example(body: unreadable("task.destroy"), answer: ["status": "SUCCESS"])
    static let deadTaskEvent = Operation.Example(body: unreadable("task.created"), answer: ["status": "SUCCESS"])
    static let unknownEvent = Operation.Example(body: unreadable("reminder.due"), answer: ["status": "RETRY"])

    /// An event that no consumer of this version handles.
    private static func unreadable(_ type: String) -> JSONValue {
        [
            "specversion": "1.0", "id": "7f3c9a52-2", "source": "/billing", "type": .string(type),
            "data": ["user_id": "demo"],
        ]
    }
}
