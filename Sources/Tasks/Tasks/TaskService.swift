/// Carries out commands and answers questions; REST, MCP and events all speak to this.
package protocol TaskService: ChangeFeed {
    /// Carries out a command, durably: when this returns, it is written.
    func perform(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult

    /// The stored document of a task.
    /// - Throws: ``TaskError/notFound(_:)`` also when the task is another owner's.
    func document(_ id: TaskID, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskDocument

    /// A page of an owner's tasks, with every write in it that was answered before the question.
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range or a cursor that is not of this query.
    func list(_ query: TaskQuery, owner: OwnerID, trace: String?) async throws(TaskError) -> TaskPage
}

/// What a command led to.
package struct CommandResult: Sendable {
    /// What each of its operations led to, in their order.
    package let outcomes: [TaskOutcome]
    /// The sequences of the command's changes; nil when it changed nothing.
    package let changes: ClosedRange<Int>?
    /// The sequence of the command's last change; when it changed nothing, of the book's last one.
    package let sequence: Int
    /// Whether this is the answer to a repeat: a command with the same idempotency key was carried out before.
    package let replayed: Bool

    /// Makes a result of its parts.
    package init(outcomes: [TaskOutcome], changes: ClosedRange<Int>?, sequence: Int, replayed: Bool = false) {
        self.outcomes = outcomes
        self.changes = changes
        self.sequence = sequence
        self.replayed = replayed
    }
}

/// What one operation of a command led to.
package struct TaskOutcome: Sendable {
    /// The task after the operation; nil when it is deleted.
    package let task: TaskItem?
    /// The task's JSON as it was stored, or would have been had no later operation of the command changed it; empty when it is deleted.
    package let document: [UInt8]
    /// Whether the operation created the task.
    package let created: Bool

    /// Makes an outcome of its parts.
    package init(task: TaskItem?, document: [UInt8], created: Bool) {
        self.task = task
        self.document = document
        self.created = created
    }
}

extension CommandResult {
    /// The task after the first operation, which is the only one of most commands; nil when it is deleted.
    package var task: TaskItem? { outcomes.first?.task }
    /// Its JSON; empty when it is deleted.
    package var document: [UInt8] { outcomes.first?.document ?? [] }
    /// Whether that operation created it.
    package var created: Bool { outcomes.first?.created ?? false }
}

/// A task as it is stored.
package struct TaskDocument: Sendable {
    /// The task's JSON, keys sorted.
    package let bytes: [UInt8]
    /// The task's version: what an `ETag` says.
    package let version: Int

    /// Makes a document of its parts.
    package init(bytes: [UInt8], version: Int) {
        self.bytes = bytes
        self.version = version
    }
}
