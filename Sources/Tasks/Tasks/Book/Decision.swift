/// The result of deciding a command.
package struct Decision: Sendable {
    /// The changes in order, each with its task afterwards.
    package internal(set) var changes: [RecordedChange] = []
    /// The outcome of each operation, in order.
    package internal(set) var outcomes: [DecidedOutcome] = []
    /// The first command with the same idempotency key, when this one repeats it; everything else is empty then.
    package let repeated: KeyUse?

    init(repeated: KeyUse? = nil) {
        self.repeated = repeated
    }
}

/// The outcome of one operation.
package struct DecidedOutcome: Equatable, Sendable {
    /// The task after the operation; `nil` when it is deleted, or the operation is refused.
    package let task: TaskItem?
    /// The operation's change; `nil` when it made none.
    package internal(set) var change: TaskChange?
    /// Whether the operation creates the task.
    package let created: Bool
    /// The fields that others had changed since the version that the operation is based on, and that were kept.
    package let merged: TaskFields
    /// Why the operation is refused; only in a partial command.
    package let refusal: TaskError?

    /// Creates an outcome; what is not given of `created` and `merged` the change tells.
    package init(
        task: TaskItem?,
        change: TaskChange?,
        created: Bool? = nil,
        merged: TaskFields? = nil,
        refusal: TaskError? = nil
    ) {
        self.task = task
        self.change = change
        self.created = created ?? (change?.kind == .created)
        self.merged = merged ?? change?.notes.merged ?? []
        self.refusal = refusal
    }

    /// Derives an operation's outcome from its change in the journal.
    package init(_ recorded: RecordedChange) {
        self.init(task: recorded.change.kind == .deleted ? nil : recorded.task, change: recorded.change)
    }

    /// Derives the outcomes of a command's operations from its changes in the journal; `nil` when they do not tell.
    package static func all(of changes: [RecordedChange]) -> [DecidedOutcome]? {
        guard let first = changes.first?.change, changes.count == first.part.count else { return nil }
        var rest = changes[...]
        var outcomes: [DecidedOutcome] = []
        for unchanged in first.notes.unchanged {
            guard unchanged.operation >= outcomes.count, rest.count >= unchanged.operation - outcomes.count else {
                return nil
            }
            while outcomes.count < unchanged.operation { outcomes.append(DecidedOutcome(rest.removeFirst())) }
            outcomes.append(DecidedOutcome(task: nil, change: nil, refusal: unchanged.refusal))
        }
        return outcomes + rest.map { DecidedOutcome($0) }
    }
}
