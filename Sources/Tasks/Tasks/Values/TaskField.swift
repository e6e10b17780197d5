/// A field of a task that a client can set, by its name on the wire.
///
/// This is the only list of them. Code that reads, writes, checks, compares or describes the fields iterates over it. A
/// switch over it has no `default`, so the compiler points out every place that a new field needs. The faults of a
/// request are reported in this order.
package enum TaskField: String, CaseIterable, Sendable {
    case title
    case description
    case status
    case priority
    case tags
    case dueDate = "due_date"

    /// Whether the fingerprint of a whole task covers the field when it has no value.
    ///
    /// Stored fingerprints must not change, so a field that was added after the first stores does not.
    var isHashedUnset: Bool {
        switch self {
        case .title, .description, .status, .priority, .tags, .dueDate: true
        }
    }

    /// All fields, sorted by name as in JSON.
    package static let sorted = allCases.sorted { $0.rawValue < $1.rawValue }
}

/// A set of fields.
package struct TaskFields: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// One bit for each field.
    private var bits: UInt64 = 0

    package init(arrayLiteral fields: TaskField...) {
        for field in fields { insert(field) }
    }

    package var isEmpty: Bool { bits == 0 }

    package func contains(_ field: TaskField) -> Bool { bits & TaskFields.bit(field) != 0 }

    package mutating func insert(_ field: TaskField) { bits |= TaskFields.bit(field) }

    private static func bit(_ field: TaskField) -> UInt64 {
        switch field {
        case .title: 1 << 0
        case .description: 1 << 1
        case .status: 1 << 2
        case .priority: 1 << 3
        case .tags: 1 << 4
        case .dueDate: 1 << 5
        }
    }
}
