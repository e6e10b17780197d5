/// Carries out commands and answers queries, for REST, MCP and events alike.
package protocol TaskService: ChangeFeed, TimeTravel {
    /// Carries out a command as it is decided; ``perform(_:owner:context:)`` is for callers.
    ///
    /// - Throws: ``TaskError/journalNeeded(_:)`` for a change that is to be merged with those since, and for an undo
    ///   whose book has changed; any other ``TaskError``.
    func carryOut(
        _ command: TaskCommand,
        owner: OwnerID,
        context: CommandContext
    ) async throws(TaskError) -> CommandResult

    /// Reads the stored document of a task.
    ///
    /// - Throws: ``TaskError/notFound(_:)``, also when the task belongs to another owner.
    func document(_ id: TaskID, owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> TaskDocument

    /// Looks at an owner's book; it includes every write that was answered before the call.
    ///
    /// - Parameters:
    ///   - owner: The owner of the book.
    ///   - trace: The trace that the calls continue.
    ///   - look: Is called once, and must be quick, because nobody changes the book meanwhile. The revision is another
    ///     after each commit.
    /// - Returns: What `look` returns.
    /// - Throws: ``TaskError`` when the book cannot be read, or what `look` throws.
    func look<Value: Sendable>(
        at owner: OwnerID,
        trace: CallerTrace?,
        _ look: (Book, _ revision: String) throws(TaskError) -> Value
    ) async throws(TaskError) -> Value
}

/// The result of a command.
package struct CommandResult: Sendable {
    /// The outcome of each operation, in order.
    package let outcomes: [TaskOutcome]
    /// The sequences of the command's changes; `nil` when it changed nothing.
    package let changes: ClosedRange<Int>?
    /// The sequence of the command's last change, or of the book's when the command changed nothing.
    package let sequence: Int
    /// Whether this repeats the answer to an earlier command with the same idempotency key.
    package let replayed: Bool

    package init(outcomes: [TaskOutcome], changes: ClosedRange<Int>?, sequence: Int, replayed: Bool = false) {
        self.outcomes = outcomes
        self.changes = changes
        self.sequence = sequence
        self.replayed = replayed
    }
}

/// The outcome of one operation, with its task as it is stored.
package struct TaskOutcome: Sendable {
    package let decided: DecidedOutcome
    /// The task's JSON in its stored form, as of this operation even if a later one of the command changes the task;
    /// empty when there is no task.
    package let document: [UInt8]

    package init(_ decided: DecidedOutcome, document: [UInt8]) {
        self.decided = decided
        self.document = document
    }

    /// The task after the operation; `nil` when it is deleted, or the operation was refused.
    package var task: TaskItem? { decided.task }
    /// The operation's change; `nil` when it made none.
    package var change: TaskChange? { decided.change }
    /// Whether the operation created the task.
    package var created: Bool { decided.created }
    /// The fields that others had changed since the version that the operation is based on, and that were kept.
    package var merged: TaskFields { decided.merged }
    /// Why the operation was refused; only in a partial command.
    package var refusal: TaskError? { decided.refusal }
}

extension CommandResult {
    /// The task after the first operation, which is the only one of most commands; `nil` when it is deleted.
    package var task: TaskItem? { outcomes.first?.task }
    /// The JSON of that task; empty when it is deleted.
    package var document: [UInt8] { outcomes.first?.document ?? [] }
    /// Whether the first operation created the task.
    package var created: Bool { outcomes.first?.created ?? false }
    /// The command, as it can be taken back; `nil` when it changed nothing.
    package var undoable: PastCommand? { PastCommand(outcomes.compactMap(\.change)) }
}

/// A task in its stored form.
package struct TaskDocument: Sendable {
    /// The task's JSON, keys sorted.
    package let bytes: [UInt8]
    /// The task's version, which is its `ETag`.
    package let version: Int

    package init(bytes: [UInt8], version: Int) {
        self.bytes = bytes
        self.version = version
    }
}
