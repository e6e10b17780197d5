import DaprJSON
import TaskJSON
import Tasks
import WebFront

extension Parameter {
    /// The parameters of a list.
    static var listing: [Parameter] { ListParameter.allCases.map(\.document) + [.timeZone, .ifNoneMatch] }

    /// Those by which the tasks of a stream are chosen.
    static var filtering: [Parameter] { [ListParameter.filter, .zone].map(\.document) + [.timeZone] }

    private static let timeZone = Parameter(
        name: "Time-Zone",
        place: .header,
        description: "As `tz`.",
        schema: .timeZone
    )
}

extension ListParameter {
    /// The parameter in the OpenAPI document.
    fileprivate var document: Parameter {
        switch self {
        case .status: parameter("Only tasks with this status.", TaskSchema.status)
        case .priority: parameter("Only tasks with this priority.", TaskSchema.priority)
        case .tag: parameter("Only tasks with this tag.", ["type": "string"])
        case .completed: parameter("Only tasks that are done, or that are not.", ["type": "boolean"])
        case .due:
            parameter(
                "Only tasks that are due then: `before:2026-12-01`, `after:…`, `on:…`, `none`, `overdue`, `today` or `week`.",
                Self.text("task-due", example: "before:2026-12-01")
            )
        case .search:
            parameter(
                "Only tasks with these words, whatever their case and accents: the beginning of a word finds it, and words in quotes are found side by side. The best come first, unless `sort` says otherwise.",
                Self.text("task-search", example: #"milk "oat drink""#)
            )
        case .filter:
            parameter(
                "Only tasks for which this holds: comparisons with `and`, `or`, `not` and parentheses.",
                Self.text("task-filter", example: #"due < today+7d and not tag has "home""#)
            )
        case .sort:
            parameter(
                "What to sort by: several of \(Self.sortFields) with commas between them, `-` before one turns it round. Tasks without a due date come last, equal ones are sorted by id. `rank` needs `q`.",
                Self.text("task-order", example: "priority,-due_date,title")
            )
        case .fields:
            parameter(
                "What to show of each task, with commas between the names; everything by default.",
                Self.text("task-members", example: "id,title")
            )
        case .include:
            parameter(
                "`counts` adds how many of the matching tasks have which status.",
                ["type": "string", "enum": ["counts"]]
            )
        case .limit:
            parameter(
                "How many tasks a page may have.",
                .object([
                    "type": "integer", "minimum": .integer(TaskQuery.limits.lowerBound),
                    "maximum": .integer(TaskQuery.limits.upperBound), "default": .integer(TaskQuery().limit),
                ])
            )
        case .cursor:
            parameter(
                "`next_cursor` of the page before, with the same filters, order and zone.",
                ["type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[A-Za-z0-9_-]+$"]
            )
        case .zone:
            parameter(
                "The time zone in which days begin and end, such as `Europe/Berlin`; it wins over the header `Time-Zone`, and both over UTC.",
                .timeZone
            )
        case .moment: .moment
        }
    }

    private func parameter(_ description: String, _ schema: JSONValue) -> Parameter {
        Parameter(name: rawValue, place: .query, description: description, schema: schema)
    }

    private static var sortFields: String {
        TaskOrder.Field.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    }

    /// A text in a form of its own, which no pattern says.
    private static func text(_ format: String, example: String) -> JSONValue {
        .object([
            "type": "string", "minLength": 1, "maxLength": 1000, "format": .string(format),
            "examples": [.string(example)],
        ])
    }
}

extension Parameter {
    /// A moment of the past.
    static let moment = Parameter(
        name: MomentParameter.name,
        place: .query,
        description:
            "A moment of the past: the sequence of a change, for the tasks as they were after it (0 for before the first), or an instant (RFC 3339), for after the last change at or before it. Relative dates in filters count from now all the same.",
        schema: .object([
            "anyOf": [
                .object(["type": "integer", "minimum": 0, "maximum": .integer(ChangeQuery.sequences.upperBound)]),
                ["type": "string", "format": "date-time"],
            ]
        ])
    )
}

extension JSONValue {
    fileprivate static let timeZone: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 64, "format": "time-zone", "examples": ["Europe/Berlin"],
    ]
}
