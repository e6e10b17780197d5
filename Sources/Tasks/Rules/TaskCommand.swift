/// What someone wants done in a book.
package enum TaskCommand: Hashable, Sendable {
    /// Create a task; with an identifier of the caller's, or a new one.
    case create(TaskContent, id: TaskID?)
    /// Set every field that a client may set.
    case replace(TaskID, TaskContent)
    /// Set some fields.
    case patch(TaskID, TaskPatch)
    /// Set the status to done.
    case complete(TaskID)
    /// Set the status to todo when it is done.
    case reopen(TaskID)
    /// Remove the task.
    case delete(TaskID)

    /// The task it names; nil for a create that leaves the identifier open.
    package var taskID: TaskID? {
        switch self {
        case .create(_, let id): id
        case .replace(let id, _), .patch(let id, _), .complete(let id), .reopen(let id), .delete(let id): id
        }
    }
}

/// A command that is held to the rules, with its text as it would be stored.
package struct CheckedCommand: Sendable {
    package let command: TaskCommand

    /// Checks a command.
    /// - Throws: ``TaskError/invalid(_:)`` with every fault of what the client gave.
    package init(_ command: TaskCommand) throws(TaskError) {
        switch command {
        case .create(let content, let id): self.command = .create(try content.checked(), id: id)
        case .replace(let id, let content): self.command = .replace(id, try content.checked())
        case .patch(let id, let patch): self.command = .patch(id, try patch.checked())
        case .complete, .reopen, .delete: self.command = command
        }
    }
}

/// The door a command came through.
package enum Channel: String, CaseIterable, Sendable {
    case rest
    case mcp
    case event
    case `import`
}

/// Who asks, through which door, and on what condition.
package struct CommandContext: Sendable {
    /// Who asks; usually the owner.
    package var actor: OwnerID
    /// The door.
    package var channel: Channel
    /// The version the task must have, from `If-Match`; nil takes any.
    ///
    /// A create does not look at it.
    package var expectedVersion: Int?
    /// The key under which the same command may be sent again; nil for none.
    package var idempotencyKey: String?
    /// The `traceparent` of the request.
    package var trace: String?
    /// When the caller no longer waits; nil for the service's own limit.
    package var deadline: ContinuousClock.Instant?
    /// Called once the command has its place among the owner's: what is sent after that is carried out after it.
    ///
    /// It is not called for a command that is refused before.
    package var whenQueued: (@Sendable () -> Void)?

    package init(
        actor: OwnerID,
        channel: Channel,
        expectedVersion: Int? = nil,
        idempotencyKey: String? = nil,
        trace: String? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.actor = actor
        self.channel = channel
        self.expectedVersion = expectedVersion
        self.idempotencyKey = idempotencyKey
        self.trace = trace
        self.deadline = deadline
    }
}
