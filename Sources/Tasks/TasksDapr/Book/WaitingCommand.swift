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

    /// Wakes the one that waits, with its answer.
    func answer(_ result: Result<CommandResult, TaskError>) {
        waiter.resume(.answered(result))
    }
}

/// What a waiting command is woken for.
enum BatchTurn: Sendable {
    /// To lead: a batch that another left unfinished, or a new one.
    case lead(CommandBatch?)
    /// It has its answer.
    case answered(Result<CommandResult, TaskError>)
}

/// Commands that go into one commit.
struct CommandBatch: Sendable {
    var members: [WaitingCommand]
    /// The commit that was sent, or is to be; kept the same until it is known whether it was written.
    var attempt: CommitAttempt?

    /// The answer for one whose deadline passes now.
    var lateError: TaskError { attempt?.mayBeWritten == true ? .outcomeUnknown : .deadlineExceeded }
}

/// A commit on its way.
struct CommitAttempt: Sendable {
    let plan: CommitPlan
    let commit: Commit
    /// Whether it was sent and no answer told that it was not written.
    var mayBeWritten = false
    /// Whether to look for the record before it is sent again.
    var mustAsk = false
    /// Whether the store said that the record is there.
    var wasRefused = false
    /// What was to be written beside the commit, until the record tells whether it was: a sidecar that repeats a transaction by
    /// itself is refused its own.
    var openPin: Outbox.Pin?
    /// When it was sent for the first time.
    var sentAt: ContinuousClock.Instant?
    /// When the store had last been in trouble by then.
    var troubleBefore: ContinuousClock.Instant?
}
