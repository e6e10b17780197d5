internal import Tasks

/// A command that waits for its answer.
final class WaitingCommand: Sendable {
    let checked: CheckedCommand
    let context: CommandContext
    let deadline: ContinuousClock.Instant
    let waiter = Waiter<BatchTurn>()

    init(checked: CheckedCommand, context: CommandContext, deadline: ContinuousClock.Instant) {
        self.checked = checked
        self.context = context
        self.deadline = deadline
    }

    /// Wakes the waiting caller with its answer.
    func answer(_ result: Result<CommandResult, TaskError>) {
        waiter.resume(.answered(result))
    }
}

/// Why a waiting command is woken.
enum BatchTurn: Sendable {
    /// It leads: a batch that another command left unfinished, or a new one.
    case lead(CommandBatch?)
    /// It has its answer.
    case answered(Result<CommandResult, TaskError>)
}

/// Commands that go into one commit.
struct CommandBatch: Sendable {
    var members: [WaitingCommand]
    /// The commit that was or will be sent; it stays the same until its outcome is known.
    var attempt: CommitAttempt?

    /// The answer to a command whose deadline passes now.
    var lateError: TaskError { attempt?.mayBeWritten == true ? .outcomeUnknown : .deadlineExceeded }
}

/// A commit under way.
struct CommitAttempt: Sendable {
    let plan: CommitPlan
    let commit: Commit
    /// Whether it was sent and no answer showed that it was not written.
    var mayBeWritten = false
    /// Whether its record must be looked for before it is sent again.
    var mustAsk = false
    /// Whether the store refused it as if its record's key were taken.
    var wasRefused = false
    /// The outbox pin that is held until the record shows whether the commit was written: a sidecar that repeats a
    /// transaction by itself has its own repeat refused.
    var openPin: Outbox.Pin?
    /// When it was first sent.
    var sentAt: ContinuousClock.Instant?
    /// When the store had last been in trouble before it was first sent.
    var troubleBefore: ContinuousClock.Instant?
}
