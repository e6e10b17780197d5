/// Why a command or a query was refused.
package indirect enum TaskError: Error, Equatable, Sendable {
    /// The book has no such task.
    case notFound(TaskID)
    /// The book already has a task with the identifier of a create.
    case alreadyExists(TaskID)
    /// The task does not have the expected version.
    case versionMismatch(current: TaskItem)
    /// Some fields are invalid.
    case invalid([FieldFault])
    /// The idempotency key came with another command within the last day.
    case keyReused
    /// The requested changes are no longer kept, or never existed; `head` is the last change there is.
    case changesGone(head: Int)
    /// The tasks are not kept as they were then; `oldest` is the first change from which on they are.
    case pastGone(oldest: Int)
    /// The book has reached its limit of tasks.
    case limitExceeded(limit: Int)
    /// The texts of the book's tasks would exceed their limit in bytes.
    case bookFull(used: Int, limit: Int)
    /// Too many commands already wait for this book; nothing was done.
    case tooManyWaiting(retryAfter: Duration)
    /// The store does not answer, or refuses; nothing was written.
    case storeUnavailable(retryAfter: Duration)
    /// The deadline passed before it was known whether the command was written; with the same idempotency key it is
    /// safe to repeat.
    case outcomeUnknown
    /// The deadline passed; nothing was written.
    case deadlineExceeded
    /// The caller left; nothing was written.
    case cancelled
    /// A newer version of the service wrote the book.
    case newerFormat(key: String, found: Int, supported: Int)
    /// A stored document is not in a form that this service writes.
    case unreadable(key: String, reason: String)
}

extension TaskError {
    /// A code in capitals that stays the same over versions; programs compare it, at whichever door.
    package var code: String {
        switch self {
        case .notFound: "TASK_NOT_FOUND"
        case .alreadyExists: "TASK_EXISTS"
        case .versionMismatch: "TASK_CHANGED"
        case .invalid: "INVALID_FIELDS"
        case .keyReused: "IDEMPOTENCY_KEY_REUSED"
        case .changesGone: "CHANGES_GONE"
        case .pastGone: "PAST_GONE"
        case .limitExceeded: "TASK_LIMIT_REACHED"
        case .bookFull: "BOOK_FULL"
        case .tooManyWaiting: "TOO_MANY_WAITING"
        case .storeUnavailable: "STORE_UNAVAILABLE"
        case .outcomeUnknown: "OUTCOME_UNKNOWN"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .cancelled: "CANCELLED"
        case .newerFormat: "NEWER_FORMAT"
        case .unreadable: "INTERNAL_ERROR"
        }
    }

    /// Whether the same command may succeed later, so that it is worth repeating.
    package var isTemporary: Bool {
        switch self {
        case .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled, .newerFormat: true
        case .notFound, .alreadyExists, .versionMismatch, .invalid, .keyReused, .changesGone, .pastGone, .limitExceeded,
            .bookFull, .unreadable:
            false
        }
    }

    /// Whether an operator must look into it.
    ///
    /// The description then names stored data, so it is for the log and not for clients.
    package var needsAttention: Bool {
        switch self {
        case .newerFormat, .unreadable: true
        case .notFound, .alreadyExists, .versionMismatch, .invalid, .keyReused, .changesGone, .pastGone, .limitExceeded,
            .bookFull, .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled:
            false
        }
    }
}

extension TaskError: CustomStringConvertible {
    /// What failed and what to do, in a sentence that suits every door.
    package var description: String {
        switch self {
        case .notFound: "There is no such task."
        case .alreadyExists: "There is a task with this identifier; choose another, or leave it out."
        case .versionMismatch(let current):
            "The task is at version \(current.version); read it again and repeat the change on it."
        case .invalid(let faults):
            "\(FieldFault.summary(of: faults)): "
                + faults.map { "\($0.field) (\($0.code))" }.joined(separator: ", ") + "."
        case .keyReused:
            "The idempotency key came with another request in the last 24 hours; give each request its own."
        case .changesGone(let head):
            "These changes are not kept any more; read all tasks, and then the changes since \(head)."
        case .pastGone(let oldest):
            "The tasks are not kept as they were then; the oldest that can be asked for are those after change \(oldest)."
        case .limitExceeded(let limit): "There are \(limit) tasks, which is the most one owner may have; delete some."
        case .bookFull(let used, let limit):
            "The texts of all tasks would take \(used) bytes, and one owner may have \(limit); shorten or delete some."
        case .tooManyWaiting: "Too many commands of this owner wait; nothing was done. Repeat it after a while."
        case .storeUnavailable: "The store does not answer; nothing was written. Repeat it after a while."
        case .outcomeUnknown: "The write may have happened: read, or repeat it with the same idempotency key."
        case .deadlineExceeded: "It took too long; nothing was written. Repeat it."
        case .cancelled: "The server stops or the request was given up; nothing was written. Repeat it."
        case .newerFormat(let key, let found, let supported):
            "\(key) has format \(found) and this server reads up to \(supported); use a newer server, or migrate the book back."
        case .unreadable(let key, let reason):
            "\(key) is not what this server writes (\(reason)); restore it from a backup or run verify."
        }
    }
}
