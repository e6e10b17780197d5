/// What a filter can ask of a task, by its name in the grammar.
///
/// A switch over it has no `default`, so the compiler points out every place that a new field needs.
package enum FilterField: String, CaseIterable, Sendable {
    case status
    case priority
    case completed
    case title
    case description
    /// Each of the task's tags.
    case tag
    case due
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case version

    /// What a field holds, which decides what it is compared with, and how.
    enum Kind: Sendable {
        /// One of some words.
        case word
        case flag
        case text
        /// Texts without an order.
        case texts
        /// A day or a moment.
        case date
        case integer
    }

    var kind: Kind {
        switch self {
        case .status, .priority: .word
        case .completed: .flag
        case .title, .description: .text
        case .tag: .texts
        case .due, .createdAt, .updatedAt: .date
        case .version: .integer
        }
    }

    /// The words that the field can be, in their order.
    package var words: [String] {
        switch self {
        case .status: ["todo", "in_progress", "done"]
        case .priority: ["low", "medium", "high"]
        case .completed, .title, .description, .tag, .due, .createdAt, .updatedAt, .version: []
        }
    }

    /// Whether a task can be without it, so that it is compared with `null`.
    var canBeNull: Bool {
        switch self {
        case .description, .tag, .due: true
        case .status, .priority, .completed, .title, .createdAt, .updatedAt, .version: false
        }
    }

    /// How the field is compared.
    package var operators: [FilterOperator] {
        switch self {
        case .status: [.equal, .notEqual, .isAmong]
        case .completed: [.equal, .notEqual]
        case .priority, .due, .createdAt, .updatedAt, .version:
            [.equal, .notEqual, .less, .atMost, .greater, .atLeast, .isAmong]
        case .title, .description: [.equal, .notEqual, .contains, .isAmong]
        case .tag: [.has, .equal, .notEqual, .contains, .isAmong]
        }
    }

    /// What the field is compared with, in words.
    package var expectedValue: String {
        let value =
            switch kind {
            case .word: words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
            case .flag: "true or false"
            case .text, .texts: "a text in quotes"
            case .date:
                "a date (2026-12-01), a date-time with its offset (2026-12-01T09:00:00Z) or today, tomorrow, yesterday "
                    + "or now, perhaps with a step (today+7d)"
            case .integer: "a whole number"
            }
        return canBeNull ? "\(value), or null for none" : value
    }

    /// The fields by all their names, in lower case.
    private static let named: [(name: String, field: FilterField)] =
        allCases.map { ($0.rawValue, $0) } + [("tags", .tag), ("due_date", .due)]

    /// All names of fields.
    static var names: [String] { named.map(\.name) }

    /// The field of a name in lower case.
    init?(name: String) {
        guard let found = Self.named.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = found.field
    }
}

/// How a field is compared with a value, by its sign in the grammar.
package enum FilterOperator: String, CaseIterable, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    /// The text holds another, whatever the case and the accents.
    case contains = "~"
    /// One of the texts is the value.
    case has
    /// It is equal to one of several values.
    case isAmong = "in"
}
