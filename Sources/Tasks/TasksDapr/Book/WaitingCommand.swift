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
