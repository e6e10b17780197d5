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
