/// A property of a task that the service sets, by its name on the wire.
package enum TaskMark: String, CaseIterable, Sendable {
    case id
    case userID = "user_id"
    case completed
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case version
}

/// A member of a task's JSON in its stored, published and answered form.
package enum TaskMember: Sendable {
    case field(TaskField)
    case mark(TaskMark)

    /// All members, sorted by name as in JSON.
    package static let sorted =
        (TaskField.allCases.map { TaskMember.field($0) }
        + TaskMark.allCases.map { TaskMember.mark($0) })
        .sorted { $0.name < $1.name }

    package var name: String {
        switch self {
        case .field(let field): field.rawValue
        case .mark(let mark): mark.rawValue
        }
    }
}
