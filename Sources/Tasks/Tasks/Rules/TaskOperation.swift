/// One operation on one task.
package enum TaskOperation: Hashable, Sendable {
    /// Create a task, with the caller's identifier or a new one.
    case create(TaskContent, id: TaskID?)
    /// Set every field that a client may set, of a task that has the given marks.
    case replace(TaskTarget, TaskContent, having: GivenMarks = GivenMarks())
    /// Set some fields.
    case patch(TaskTarget, TaskPatch)
    /// Edit the task's JSON.
    case edit(TaskTarget, TaskEdits)
    /// Set the status to done.
    case complete(TaskTarget)
    /// Set the status to todo if it is done.
    case reopen(TaskTarget)
    /// Remove the task.
    case delete(TaskTarget)
    /// Take back what an earlier command did to a task.
    case undo(TaskUndo)
    /// What a client gave for an operation, and what is wrong with it; it is always refused. It may have been to create a
    /// task.
    case invalid([FieldFault], creates: Bool)

    /// The task that the operation names; `nil` for a create without an identifier, and for an invalid one.
    package var target: TaskTarget? {
        switch self {
        case .create(_, let id): id.map { .task($0) }
        case .replace(let target, _, _), .patch(let target, _), .edit(let target, _), .complete(let target),
            .reopen(let target), .delete(let target):
            target
        case .undo(let undo): .task(undo.id)
        case .invalid: nil
        }
    }

    /// Whether the operation is to create a task.
    var creates: Bool {
        switch self {
        case .create, .invalid(_, creates: true): true
        case .replace, .patch, .edit, .complete, .reopen, .delete, .undo, .invalid: false
        }
    }

    /// The operation with its texts in their stored form.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with every fault in the client's fields.
    func checked() throws(TaskError) -> TaskOperation {
        switch self {
        case .create(let content, let id): .create(try content.checked(), id: id)
        case .replace(let target, let content, let marks): .replace(target, try content.checked(), having: marks)
        case .patch(let target, let patch): .patch(target, try patch.checked())
        case .edit, .complete, .reopen, .delete, .undo: self
        case .invalid(let faults, _): throw .invalid(faults)
        }
    }
}

/// The task that an operation is about.
package enum TaskTarget: Hashable, Sendable {
    case task(TaskID)
    /// The task that an earlier operation of the command creates, by that operation's index.
    case made(by: Int)
}

extension TaskOperation {
    /// Sets every field that a client may set.
    package static func replace(_ id: TaskID, _ content: TaskContent) -> TaskOperation { .replace(.task(id), content) }
    /// Sets some fields.
    package static func patch(_ id: TaskID, _ patch: TaskPatch) -> TaskOperation { .patch(.task(id), patch) }
    /// Sets the status to done.
    package static func complete(_ id: TaskID) -> TaskOperation { .complete(.task(id)) }
    /// Sets the status to todo if it is done.
    package static func reopen(_ id: TaskID) -> TaskOperation { .reopen(.task(id)) }
    /// Removes the task.
    package static func delete(_ id: TaskID) -> TaskOperation { .delete(.task(id)) }
}
