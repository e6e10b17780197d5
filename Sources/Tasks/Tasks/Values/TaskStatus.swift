/// The progress of a task.
package enum TaskStatus: String, CaseIterable, Sendable {
    case todo
    case inProgress = "in_progress"
    case done

    /// The position in the order: 0, 1 or 2.
    package var rank: Int {
        switch self {
        case .todo: 0
        case .inProgress: 1
        case .done: 2
        }
    }
}

/// The importance of a task, from low to high.
package enum TaskPriority: String, CaseIterable, Sendable {
    case low
    case medium
    case high

    /// The position in the order: 0, 1 or 2.
    package var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }
}
