/// Why a command or a question was refused.
package indirect enum TaskError: Error, Equatable, Sendable {
    /// The book has no such task.
    case notFound(TaskID)
    /// The book has a task with the identifier that a create asked for.
    case alreadyExists(TaskID)
    /// The task is not at the version that was expected.
    case versionMismatch(current: TaskItem)
    /// Fields are not as they must be.
    case invalid([FieldFault])
    /// The idempotency key came with another command within the last day.
    case keyReused
    /// The changes that were asked for are not kept any more, or never were; `head` is the last there is.
    case changesGone(head: Int)
    /// The book has as many tasks as it may.
    case limitExceeded(limit: Int)
    /// The texts of the book's tasks would take more bytes than they may together.
    case bookFull(used: Int, limit: Int)
    /// Too many commands wait for this book already; nothing was done.
    case tooManyWaiting(retryAfter: Duration)
    /// The store does not answer, or refuses; nothing was written.
    case storeUnavailable(retryAfter: Duration)
    /// The deadline passed before it was known whether the command was written. The same idempotency key makes a repeat safe.
    case outcomeUnknown
    /// The deadline passed; nothing was written.
    case deadlineExceeded
    /// The caller left; nothing was written.
    case cancelled
    /// The book was written by a newer version of the service.
    case newerFormat(key: String, found: Int, supported: Int)
    /// A stored document is not what this service writes.
    case unreadable(key: String, reason: String)
}

extension TaskError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let id): "There is no task \(id)."
        case .alreadyExists(let id): "There is a task \(id) already; choose another identifier or leave it out."
        case .versionMismatch(let current):
            "The task \(current.id) is at version \(current.version); read it again and repeat the change on it."
        case .invalid(let faults):
            "Not as it must be: " + faults.map { "\($0.field) (\($0.code))" }.joined(separator: ", ") + "."
        case .keyReused:
            "The idempotency key was used for another request within the last 24 hours; use a new key for a new request."
        case .changesGone(let head):
            "These changes are not kept any more; read all tasks, and then the changes since \(head)."
        case .limitExceeded(let limit): "The book holds \(limit) tasks and is full; delete some."
        case .bookFull(let used, let limit):
            "The texts of the book's tasks take \(used) bytes of at most \(limit) together; shorten or delete some."
        case .tooManyWaiting(let after): "Too many commands wait for this book; repeat after \(after)."
        case .storeUnavailable(let after): "The store is not available and nothing was written; repeat after \(after)."
        case .outcomeUnknown:
            "The store did not say in time whether the change was written; repeat it with the same idempotency key, or read the task."
        case .deadlineExceeded: "The deadline passed before anything was written; repeat the command."
        case .cancelled: "The caller left before anything was written."
        case .newerFormat(let key, let found, let supported):
            "\(key) has format \(found) and this server reads up to \(supported); use a newer server, or migrate the book back."
        case .unreadable(let key, let reason):
            "\(key) is not what this server writes (\(reason)); restore it from a backup or run verify."
        }
    }
}
