package import DaprJSON
import Tasks

/// The JSON schemas of a task, of a client's input for one, and of a change (JSON Schema 2020-12).
package enum TaskSchema {
    /// A task in an answer.
    package static let task: JSONValue = .object([
        "type": "object",
        "properties": .object(JSONObject(TaskMember.sorted.map { (key: $0.name, value: $0.schema) })),
        "required": .array(TaskMember.sorted.map { .string($0.name) }),
    ])

    /// What is asked for of a task.
    package static let part: JSONValue = .object([
        "type": "object", "properties": task["properties"] ?? .null, "additionalProperties": false,
    ])

    /// The input for a new task, or for the replacement of one.
    package static let draft = input(
        required: ["title"],
        description: "What is left out takes its default: `todo`, `medium`, no description, no due date, no tags."
    )

    /// The input for changing a task.
    package static let patch = input(
        description: "A JSON merge patch (RFC 7396): what is left out stays, null removes, lists are replaced whole."
    )

    /// The schema of a client's input, whose members are all optional but those in `required`.
    private static func input(required: JSONValue? = nil, description: String) -> JSONValue {
        var properties: JSONObject = [TaskMark.completed.rawValue: completed]
        for field in TaskField.sorted { properties[field.rawValue] = field.schemas.accepted }
        var schema: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "description": .string(description), "not": contradiction,
        ]
        schema["required"] = required
        return .object(schema)
    }

    /// Matches `status` and `completed` when they contradict each other.
    private static let contradiction: JSONValue = [
        "required": ["status", "completed"],
        "anyOf": [
            ["properties": ["status": ["const": "done"], "completed": ["const": false]]],
            ["properties": ["status": ["not": ["const": "done"]], "completed": ["const": true]]],
        ],
    ]

    /// A status.
    package static let status = oneOf(TaskStatus.self)
    /// A priority.
    package static let priority = oneOf(TaskPriority.self)
    /// A tag.
    package static let tag: JSONValue = .object([
        "type": "string", "minLength": 1, "maxLength": .integer(TaskRules.tagLengthLimit), "pattern": lineOfText,
    ])
    static let completed: JSONValue = ["type": "boolean", "description": "True exactly when `status` is `done`."]

    fileprivate static let title: JSONValue = .object([
        "type": "string", "minLength": 1, "maxLength": .integer(TaskRules.titleLimit), "pattern": lineOfText,
    ])
    fileprivate static let details: JSONValue = .object([
        "type": ["string", "null"], "maxLength": .integer(TaskRules.descriptionLimit), "pattern": text,
    ])
    fileprivate static let dueDate: JSONValue = [
        "type": ["string", "null"],
        "anyOf": [
            // The pattern leaves out leap seconds.
            ["format": "date-time", "pattern": #":[0-5][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"#],
            ["format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"],
            ["type": "null"],
        ],
        "description":
            "A day, which stays one, or a time with its offset (RFC 3339), which is answered in UTC with milliseconds.",
    ]

    /// No control characters, and at least one character that is not white space.
    private static let lineOfText: JSONValue =
        #"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"#
    /// No control characters but tab and line breaks.
    private static let text: JSONValue = #"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"#

    fileprivate static func tags(_ types: JSONValue) -> JSONValue {
        .object(["type": types, "items": tag, "maxItems": .integer(TaskRules.tagLimit), "uniqueItems": true])
    }

    private static func oneOf<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> JSONValue {
        .object(["type": "string", "enum": .array(type.allCases.map { .string($0.rawValue) })])
    }

    fileprivate static func orNull<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> JSONValue {
        .object(["type": ["string", "null"], "enum": .array(type.allCases.map { .string($0.rawValue) } + [.null])])
    }
}

extension TaskField {
    /// The schemas of the field in an answer and in a client's input; in the input, `null` counts as absent or resets
    /// the field.
    var schemas: (answered: JSONValue, accepted: JSONValue) {
        switch self {
        case .title: (TaskSchema.title, TaskSchema.title)
        case .description: (TaskSchema.details, TaskSchema.details)
        case .status: (TaskSchema.status, TaskSchema.orNull(TaskStatus.self))
        case .priority: (TaskSchema.priority, TaskSchema.orNull(TaskPriority.self))
        case .tags: (TaskSchema.tags("array"), TaskSchema.tags(["array", "null"]))
        case .dueDate: (TaskSchema.dueDate, TaskSchema.dueDate)
        }
    }
}

extension TaskMark {
    /// The schema of the member in an answer.
    var schema: JSONValue {
        switch self {
        case .id: ["type": "string", "format": "uuid"]
        case .userID: ["type": "string"]
        case .completed: TaskSchema.completed
        case .createdAt, .updatedAt: ["type": "string", "format": "date-time"]
        case .version: ["type": "integer", "minimum": 1]
        }
    }
}

extension TaskMember {
    /// The schema of the member in an answer.
    var schema: JSONValue {
        switch self {
        case .field(let field): field.schemas.answered
        case .mark(let mark): mark.schema
        }
    }
}
