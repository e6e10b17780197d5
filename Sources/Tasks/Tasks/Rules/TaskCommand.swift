/// One operation on one task.
package enum TaskOperation: Hashable, Sendable {
    /// Create a task, with the caller's identifier or a new one.
    case create(TaskContent, id: TaskID?)
    /// Set every field that a client may set, of a task that has the given marks.
    case replace(TaskID, TaskContent, having: GivenMarks = GivenMarks())
    /// Set some fields.
    case patch(TaskID, TaskPatch)
    /// Set the status to done.
    case complete(TaskID)
    /// Set the status to todo if it is done.
    case reopen(TaskID)
    /// Remove the task.
    case delete(TaskID)

    /// The task that the operation names; `nil` for a create without an identifier.
    package var taskID: TaskID? {
        switch self {
        case .create(_, let id): id
        case .replace(let id, _, _), .patch(let id, _), .complete(let id), .reopen(let id), .delete(let id): id
        }
    }

    /// The operation with its texts in their stored form.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with every fault in the client's fields.
    fileprivate func checked() throws(TaskError) -> TaskOperation {
        switch self {
        case .create(let content, let id): .create(try content.checked(), id: id)
        case .replace(let id, let content, let marks): .replace(id, try content.checked(), having: marks)
        case .patch(let id, let patch): .patch(id, try patch.checked())
        case .complete, .reopen, .delete: self
        }
    }
}

/// A client's command: operations that run in order, all of them or none, in one commit.
package struct TaskCommand: Hashable, Sendable {
    /// The operations; each works on the result of those before it.
    package let operations: [TaskOperation]

    /// Creates a command of one or more operations.
    package init(_ operations: [TaskOperation]) {
        self.operations = operations
    }

    /// Creates a task, with the caller's identifier or a new one.
    package static func create(_ content: TaskContent, id: TaskID?) -> TaskCommand {
        TaskCommand([.create(content, id: id)])
    }
    /// Sets every field that a client may set.
    package static func replace(_ id: TaskID, _ content: TaskContent) -> TaskCommand {
        TaskCommand([.replace(id, content)])
    }
    /// Sets some fields.
    package static func patch(_ id: TaskID, _ patch: TaskPatch) -> TaskCommand { TaskCommand([.patch(id, patch)]) }
    /// Sets the status to done.
    package static func complete(_ id: TaskID) -> TaskCommand { TaskCommand([.complete(id)]) }
    /// Sets the status to todo if it is done.
    package static func reopen(_ id: TaskID) -> TaskCommand { TaskCommand([.reopen(id)]) }
    /// Removes the task.
    package static func delete(_ id: TaskID) -> TaskCommand { TaskCommand([.delete(id)]) }
}

/// A command that meets the rules, with its texts in their stored form.
package struct CheckedCommand: Sendable {
    package let command: TaskCommand

    /// Checks a command.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with every fault in the client's fields. With several operations a field is
    ///   named like `operations[3].title`.
    package init(_ command: TaskCommand) throws(TaskError) {
        let given = command.operations
        // Checked first, because there may be any number of operations.
        if given.isEmpty { throw .invalid([FieldFault("operations", .required, "Give at least one operation.")]) }
        if given.count > TaskRules.operationLimit {
            let wanted = "Give at most \(TaskRules.operationLimit) operations; there are \(given.count)."
            throw .invalid([FieldFault("operations", .tooMany, wanted)])
        }
        if given.count == 1 {
            self.command = TaskCommand([try given[0].checked()])
            return
        }
        var operations: [TaskOperation] = []
        var faults: [FieldFault] = []
        for (index, operation) in given.enumerated() {
            switch Result(catching: { () throws(TaskError) in try operation.checked() }) {
            case .success(let operation): operations.append(operation)
            case .failure(.invalid(let found)):
                faults += found.map {
                    FieldFault(field: "operations[\(index)].\($0.field)", code: $0.code, message: $0.message)
                }
            case .failure(let error): throw error
            }
        }
        guard faults.isEmpty else { throw .invalid(faults) }
        self.command = TaskCommand(operations)
    }
}

/// The door that a command came through.
package enum Channel: String, CaseIterable, Sendable {
    case rest
    case mcp
    case event
    case `import`
}

/// The sender of a command, the door it came through, and its conditions.
package struct CommandContext: Sendable {
    /// The sender; usually the owner.
    package var actor: OwnerID
    package var channel: Channel
    /// The versions that tasks must have when the command finds them, as from `If-Match`; a task that is not listed may
    /// have any.
    ///
    /// A create ignores them.
    package var expectedVersions: [TaskID: Int]
    /// The idempotency key, under which the same command may be sent again; `nil` for none.
    package var idempotencyKey: String?
    /// The trace of the request.
    package var trace: CallerTrace?
    /// When the caller stops waiting; `nil` for the service's own limit.
    package var deadline: ContinuousClock.Instant?
    /// Called once the command has its place in the owner's queue: later commands run after it.
    ///
    /// It is not called for a command that is refused earlier.
    package var whenQueued: (@Sendable () -> Void)?

    package init(
        actor: OwnerID,
        channel: Channel,
        expectedVersions: [TaskID: Int] = [:],
        idempotencyKey: String? = nil,
        trace: CallerTrace? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.actor = actor
        self.channel = channel
        self.expectedVersions = expectedVersions
        self.idempotencyKey = idempotencyKey
        self.trace = trace
        self.deadline = deadline
    }
}
