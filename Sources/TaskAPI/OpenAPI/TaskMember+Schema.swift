import JSON
import Tasks

extension TaskField {
    /// The field in an answer, and what a client may give for it: null is as left out, or takes the field back to what a new task has.
    var schemas: (answered: JSONValue, accepted: JSONValue) {
        switch self {
        case .title: (Schema.title, Schema.title)
        case .description: (Schema.details, Schema.details)
        case .status: (Schema.status, Schema.orNull(TaskStatus.self))
        case .priority: (Schema.priority, Schema.orNull(TaskPriority.self))
        case .tags: (Schema.tags("array"), Schema.tags(["array", "null"]))
        case .dueDate: (Schema.dueDate, Schema.dueDate)
        }
    }
}

extension TaskMark {
    /// The member in an answer.
    var schema: JSONValue {
        switch self {
        case .id: ["type": "string", "format": "uuid"]
        case .userID: ["type": "string"]
        case .completed: Schema.completed
        case .createdAt, .updatedAt: ["type": "string", "format": "date-time"]
        case .version: ["type": "integer", "minimum": 1]
        }
    }
}

extension TaskMember {
    /// The member in an answer.
    var schema: JSONValue {
        switch self {
        case .field(let field): field.schemas.answered
        case .mark(let mark): mark.schema
        }
    }
}

extension Schema {
    static let status = oneOf(TaskStatus.self)
    static let priority = oneOf(TaskPriority.self)
    static let tag: JSONValue = .object([
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
        "type": ["string", "null"], "format": "date-time",
        "description": "RFC 3339; answered in UTC with milliseconds.",
    ]

    /// No control characters, and something else than white space.
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
