/// How far a task is.
package enum TaskStatus: String, CaseIterable, Sendable {
    case todo
    case inProgress = "in_progress"
    case done
}

/// How much a task matters, from low to high.
package enum TaskPriority: String, CaseIterable, Sendable {
    case low
    case medium
    case high

    /// 0, 1 or 2: the place in the order.
    package var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }
}
