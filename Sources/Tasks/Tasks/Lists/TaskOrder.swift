import DaprText

/// What tasks are sorted by: several keys, each only where all before it are equal, and the identifier at last.
package struct TaskOrder: Hashable, Sendable {
    /// A property that tasks can be sorted by.
    package enum Field: String, CaseIterable, Sendable {
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        /// Tasks without a due date come last, in both directions.
        case dueDate = "due_date"
        /// Low, medium, high.
        case priority
        /// To do, in progress, done.
        case status
        /// Without regard to case and accents, then by scalars.
        case title
        /// How well a task fits the words that are searched for, the best first.
        case rank
    }

    /// One key, and its direction.
    package struct Key: Hashable, Sendable {
        package let field: Field
        package let ascending: Bool

        package init(_ field: Field, ascending: Bool = true) {
            self.field = field
            self.ascending = ascending
        }

        /// The form in a query: `-` before the name for the other direction.
        package var text: String { ascending ? field.rawValue : "-" + field.rawValue }
    }

    /// The keys, of which there is at least one, and none of a field that another has.
    package let keys: [Key]

    /// The order in which tasks were created.
    package static let creation = TaskOrder(keys: [Key(.createdAt)])

    private init(keys: [Key]) { self.keys = keys }

    /// The order by one key.
    package init(_ field: Field, ascending: Bool = true) { self.init(keys: [Key(field, ascending: ascending)]) }

    /// Parses keys with commas between them, as in `priority,-due_date,title`; `nil` when one has no known name, or a
    /// field is given twice.
    package init?(parsing text: String) {
        var keys: [Key] = []
        for word in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let ascending = word.first != UInt8(ascii: "-")
            guard let field = Field(rawValue: String(ascending ? Substring(word) : Substring(word.dropFirst()))),
                !keys.contains(where: { $0.field == field })
            else { return nil }
            keys.append(Key(field, ascending: ascending))
        }
        self.init(keys: keys)
    }

    /// The form in a query.
    package var text: String { keys.map(\.text).joined(separator: ",") }

    /// The best first, and of equally good ones the earliest.
    package static let rank = TaskOrder(keys: [Key(.rank), Key(.createdAt)])

    /// Whether tasks are sorted by how well they fit the words that are searched for.
    package var usesRank: Bool { keys.contains { $0.field == .rank } }

    /// Whether this is the order in which tasks were created, or its reverse.
    var isOfCreation: Bool { keys.count == 1 && keys[0].field == .createdAt }
}
