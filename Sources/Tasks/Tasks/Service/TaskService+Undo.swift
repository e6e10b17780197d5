extension TaskService {
    /// Takes back what a command did, as a command of its own.
    ///
    /// Without an idempotency key it has one of its own, so that a repeat has no effect and gets the first answer.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - isForced: Whether fields that were changed since are set all the same.
    ///   - owner: The owner of the book.
    ///   - context: The sender; it has no conditions.
    ///   - now: The current time.
    /// - Returns: The outcome for each task, the one that the command changed last first.
    /// - Throws: ``TaskError/undoConflict(_:)``, ``TaskError/undoGone``, or what carrying out a command throws.
    package func undo(
        _ command: PastCommand,
        isForced: Bool,
        owner: OwnerID,
        context: CommandContext,
        now: Timestamp
    ) async throws(TaskError) -> CommandResult {
        var context = context
        // A door gives no such key: theirs have no spaces.
        if context.idempotencyKey == nil { context.idempotencyKey = "undo \(command.text)" }
        var past = PastChanges(of: command)
        for _ in 0..<PastChanges.attempts {
            try await past.readOn(from: self, owner, context)
            guard now < past.expiry else { throw .undoGone }
            let operations = past.undo(isForced: isForced)
            // What the command created it deleted as well.
            guard !operations.isEmpty else { return CommandResult(outcomes: [], changes: nil, sequence: past.end) }
            do throws(TaskError) {
                return try await carryOut(TaskCommand(operations), owner: owner, context: context)
            } catch {
                // The book has changed meanwhile.
                guard case .journalNeeded = error else { throw error }
            }
        }
        throw .tooManyWaiting(retryAfter: .seconds(1))
    }
}
