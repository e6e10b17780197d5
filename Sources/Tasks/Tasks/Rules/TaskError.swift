/// Why a command or a query was refused.
package indirect enum TaskError: Error, Equatable, Sendable {
    /// The book has no such task.
    case notFound(TaskID)
    /// The book already has a task with the identifier of a create.
    case alreadyExists(TaskID)
    /// The task does not have the expected version.
    case versionMismatch(current: TaskItem)
    /// The task was changed since the version that a change is based on, in fields that the change sets too.
    case mergeConflict(MergeConflict)
    /// The edit at this index tests for a value that the task does not have.
    case testFailed(edit: Int)
    /// An undo would set fields that were changed since.
    case undoConflict([UndoConflict])
    /// The command that an undo names is too old, or not kept any more.
    case undoGone
    /// The task is one that a refused operation would have made.
    case makerRefused(operation: Int)
    /// The outcome would not be the one that the caller expects.
    case planChanged([DecidedOutcome])
    /// The command does not fit into one commit; so many of its operations would.
    case commandTooLong(fitting: Int, of: CommandMeasure)
    /// The operation at this index was refused, and so is its command.
    case inOperation(Int, TaskError)
    /// The operation at this index cannot be decided without more of the journal.
    ///
    /// It is for those who carry out commands: they read it and decide again.
    case journalNeeded(operation: Int)
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
        case .mergeConflict: "MERGE_CONFLICT"
        case .testFailed: "TEST_FAILED"
        case .undoConflict: "UNDO_CONFLICT"
        case .undoGone: "UNDO_GONE"
        case .makerRefused: "REFERENCE_REFUSED"
        case .planChanged: "PLAN_CHANGED"
        case .commandTooLong: "BATCH_TOO_LARGE"
        case .inOperation(_, let error): error.code
        case .journalNeeded: "INTERNAL_ERROR"
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
        case .inOperation(_, let error): error.isTemporary
        case .notFound, .alreadyExists, .versionMismatch, .mergeConflict, .testFailed, .undoConflict, .undoGone,
            .makerRefused, .planChanged, .commandTooLong, .journalNeeded, .invalid, .keyReused, .changesGone, .pastGone,
            .limitExceeded, .bookFull, .unreadable:
            false
        }
    }

    /// Whether an operator must look into it.
    ///
    /// The description then names stored data, so it is for the log and not for clients.
    package var needsAttention: Bool {
        switch self {
        case .newerFormat, .unreadable, .journalNeeded: true
        case .inOperation(_, let error): error.needsAttention
        case .notFound, .alreadyExists, .versionMismatch, .mergeConflict, .testFailed, .undoConflict, .undoGone,
            .makerRefused, .planChanged, .commandTooLong, .invalid, .keyReused, .changesGone, .pastGone, .limitExceeded,
            .bookFull,
            .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled:
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
        case .mergeConflict(let conflict):
            "The task was changed since, in \(conflict.fields.map(\.rawValue).joined(separator: ", ")); decide which values are right, and repeat the change on version \(conflict.current.version)."
        case .testFailed(let edit): "The task does not have the value that edit \(edit) tests for; nothing was changed."
        case .undoConflict(let conflicts):
            conflicts.count == 1
                ? "One value was changed since; nothing was undone. Undo it with `force` to set it all the same."
                : "\(conflicts.count) values were changed since; nothing was undone. Undo it with `force` to set them all the same."
        case .undoGone: "This cannot be undone any more: it is too long ago, or not kept."
        case .makerRefused(let operation): "Operation \(operation), which would have created the task, was refused."
        case .planChanged: "The tasks have changed, and the outcome would be another; look at it, and decide again."
        case .commandTooLong(let fitting, let measure):
            "The operations do not fit into one commit, \(measure); give \(fitting) or fewer at once."
        case .inOperation(let index, let error): "Operation \(index) is refused: \(error.description)"
        case .journalNeeded(let operation): "Operation \(operation) was decided without the journal that it needs."
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

extension TaskError {
    /// The approximate size of what it tells, in bytes.
    package var approximateBytes: Int {
        switch self {
        case .versionMismatch(let current): current.approximateBytes
        case .mergeConflict(let conflict):
            conflict.current.approximateBytes + conflict.base.approximateBytes + conflict.yours.approximateBytes
        case .invalid(let faults): faults.reduce(64) { $0 + 64 + $1.field.utf8.count + $1.message.utf8.count }
        case .notFound, .alreadyExists, .testFailed, .undoConflict, .undoGone, .makerRefused, .planChanged,
            .commandTooLong, .inOperation, .journalNeeded, .keyReused, .changesGone, .pastGone, .limitExceeded,
            .bookFull,
            .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled, .newerFormat,
            .unreadable:
            64
        }
    }
}

extension TaskError {
    /// The refusal of an operation among others: its fields are named by where they are in the list.
    package func of(_ operation: TaskOperation, at index: Int) -> TaskError {
        guard case .invalid(let faults) = self else { return self }
        switch operation {
        case .invalid, .undo: return self
        case .edit: return .invalid(faults.map { $0.within("operations[\(index)].edits") })
        case .create, .replace, .patch, .complete, .reopen, .delete:
            return .invalid(faults.map { $0.within("operations[\(index)].task") })
        }
    }
}
