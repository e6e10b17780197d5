/// What someone wants done in a book.
package enum TaskCommand: Hashable, Sendable {
    /// Create a task; with an identifier of the caller's, or a new one.
    case create(TaskDraft, id: TaskID?)
    /// Set every field that a client may set.
    case replace(TaskID, TaskDraft)
    /// Set some fields.
    case patch(TaskID, TaskPatch)
    /// Set the status to done.
    case complete(TaskID)
    /// Set the status to todo when it is done.
    case reopen(TaskID)
    /// Remove the task.
    case delete(TaskID)

    /// The command with its text as it would be stored.
    /// - Throws: ``TaskError/invalid(_:)`` with every fault of what the client gave.
    package func checked() throws(TaskError) -> TaskCommand {
        switch self {
        case .create(let draft, let id): .create(try draft.checked(), id: id)
        case .replace(let id, let draft): .replace(id, try draft.checked())
        case .patch(let id, let patch): .patch(id, try patch.checked())
        case .complete, .reopen, .delete: self
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

    /// Makes a context of its parts.
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
