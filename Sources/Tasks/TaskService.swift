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
    /// The task after the command; nil when it is deleted.
    package let task: TaskItem?
    /// The task's stored JSON; empty when it is deleted.
    package let document: [UInt8]
    /// Whether this command created the task.
    package let created: Bool
    /// The sequence of the command's change; when it changed nothing, of the book's last one.
    package let sequence: Int
    /// Whether this is the answer to a repeat: a command with the same idempotency key was carried out before.
    package let replayed: Bool

    /// Makes a result of its parts.
    package init(task: TaskItem?, document: [UInt8], created: Bool, sequence: Int, replayed: Bool = false) {
        self.task = task
        self.document = document
        self.created = created
        self.sequence = sequence
        self.replayed = replayed
    }
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
