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
    /// The conditions of operations, by their index; an operation that is not listed takes its task as it is.
    ///
    /// A create ignores them.
    package var conditions: [Int: TaskCondition]
    /// The idempotency key, under which the same command may be sent again; `nil` for none.
    package var idempotencyKey: String?
    /// Whether the command is only tried: it is decided and answered, and nothing is written.
    package var isTrial = false
    /// Says whether the outcome is what the caller wants, which is refused otherwise; `nil` to take any.
    package var accepts: (@Sendable (_ outcomes: [DecidedOutcome]) -> Bool)?
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
        conditions: [Int: TaskCondition] = [:],
        idempotencyKey: String? = nil,
        trace: CallerTrace? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.actor = actor
        self.channel = channel
        self.conditions = conditions
        self.idempotencyKey = idempotencyKey
        self.trace = trace
        self.deadline = deadline
    }
}

/// What an operation requires of its task, as from `If-Match`.
package struct TaskCondition: Hashable, Sendable {
    /// What becomes of an operation whose task has another version.
    package enum Otherwise: Hashable, Sendable {
        /// It is refused.
        case refuse
        /// It is carried over to the task as it is, if it changes other fields than those that changed since.
        case merge
        /// The same, with the task as it was at the version; `nil` when the journal does not tell any more.
        case mergeFrom(TaskItem?)
    }

    /// The version that the task must have.
    package let version: Int
    package var otherwise: Otherwise

    package init(version: Int, otherwise: Otherwise = .refuse) {
        self.version = version
        self.otherwise = otherwise
    }
}
