import DaprText

/// The result of deciding a command.
package struct Decision: Sendable {
    /// The changes in order, each with its task afterwards.
    package fileprivate(set) var changes: [RecordedChange] = []
    /// The outcome of each operation, in order.
    package fileprivate(set) var outcomes: [DecidedOutcome] = []
    /// The first command with the same idempotency key, when this one repeats it; everything else is empty then.
    package let repeated: KeyUse?

    fileprivate init(repeated: KeyUse? = nil) {
        self.repeated = repeated
    }
}

/// The outcome of one operation.
package struct DecidedOutcome: Sendable {
    /// The task after the operation; `nil` when it is deleted.
    package let task: TaskItem?
    /// Whether the operation creates the task.
    package let created: Bool

    package init(task: TaskItem?, created: Bool) {
        self.task = task
        self.created = created
    }

    /// Derives an operation's outcome from its change in the journal.
    package init(_ recorded: RecordedChange) {
        self.init(
            task: recorded.change.kind == .deleted ? nil : recorded.task,
            created: recorded.change.kind == .created
        )
    }
}

/// Decides which changes a command makes to a book; it reads, writes and waits for nothing.
///
/// Operations are decided in order, each on the result of those before it, and the first refusal refuses all. An
/// operation that finds the book already as wanted makes no change, unless the command has an idempotency key: then
/// each operation makes exactly one change, so that a repeat can be answered from the journal alone. A change is never
/// earlier than the one before it.
///
/// - Parameters:
///   - draft: The book; afterwards it includes the changes, or is unchanged after an error.
///   - checked: The command.
///   - context: The sender and the conditions of the command.
///   - now: The current time.
///   - clock: The clock by which ages are measured; `nil` to use `now`.
///   - newID: Creates the identifier for a new task without one.
/// - Returns: The decision.
/// - Throws: ``TaskError/notFound(_:)``, ``TaskError/versionMismatch(current:)``, ``TaskError/invalid(_:)`` for marks
///   that a task does not have, ``TaskError/alreadyExists(_:)``, ``TaskError/limitExceeded(limit:)``, ``TaskError/bookFull(used:limit:)``, ``TaskError/keyReused``.
package func decide(
    _ draft: inout BookDraft,
    _ checked: CheckedCommand,
    context: CommandContext,
    now: Timestamp,
    clock: Timestamp? = nil,
    newID: () -> TaskID
) throws(TaskError) -> Decision {
    let clock = max(clock ?? now, draft.clock)
    if let use = try draft.firstUse(by: checked, context: context, now: clock) { return Decision(repeated: use) }
    let operations = checked.command.operations
    // A single operation fails before it changes the draft, so only several need a copy to go back to.
    let before = operations.count > 1 ? draft : nil
    do throws(TaskError) {
        var decider = Decider(
            context: context,
            request: context.keyFingerprint.map { _ in Fingerprint(of: checked.command) },
            now: max(now, draft.time),
            clock: clock
        )
        for operation in operations { try decider.decide(operation, &draft, newID) }
        return decider.finish(&draft)
    } catch {
        if let before { draft = before }
        throw error
    }
}

/// Decides the operations of one command.
private struct Decider {
    let context: CommandContext
    let key: Fingerprint?
    let request: Fingerprint?
    let now: Timestamp
    let clock: Timestamp
    /// The expected versions still to be checked; a task that the command has changed itself no longer has the version
    /// that the caller knew.
    var expected: [TaskID: Int]
    var decision = Decision()

    init(context: CommandContext, request: Fingerprint?, now: Timestamp, clock: Timestamp) {
        self.context = context
        self.request = request
        self.now = now
        self.clock = clock
        key = context.keyFingerprint
        expected = context.expectedVersions
    }

    mutating func decide(
        _ operation: TaskOperation,
        _ draft: inout BookDraft,
        _ newID: () -> TaskID
    ) throws(TaskError) {
        let id = operation.taskID ?? newID()
        switch operation {
        case .create(let content, let wanted):
            expected[id] = nil
            guard draft.task(id) == nil else { throw .alreadyExists(id) }
            guard draft.count < TaskRules.tasksPerOwner else { throw .limitExceeded(limit: TaskRules.tasksPerOwner) }
            try draft.checkRoom(for: content.textBytes)
            // A reused identifier must not reach a version that it had before; identifiers made here are never reused.
            let version = wanted == nil ? 1 : draft.head + 1
            var change = change(.created, id, version: version, draft)
            change.after = TaskPatch(of: content)
            change.createdAt = now
            apply(change, &draft)
        case .replace(_, let content, let marks):
            try update(id, TaskPatch(of: content), having: marks, &draft)
        case .patch(_, let patch):
            try update(id, patch, &draft)
        case .complete, .reopen:
            var patch = TaskPatch()
            patch.completed = if case .complete = operation { true } else { false }
            try update(id, patch, &draft)
        case .delete:
            let task = try current(id, draft)
            var change = change(.deleted, id, version: task.version + 1, draft)
            change.before = TaskPatch(of: task.content)
            change.createdAt = task.createdAt
            change.since = task.updatedAt
            apply(change, &draft)
        }
        let created = if case .create = operation { true } else { false }
        decision.outcomes.append(DecidedOutcome(task: draft.task(id), created: created))
    }

    /// Numbers the changes as parts of the command, and records the key in the draft.
    mutating func finish(_ draft: inout BookDraft) -> Decision {
        let count = decision.changes.count
        if count > 1 {
            for index in decision.changes.indices {
                var change = decision.changes[index].change
                change.part = CommandPart(index: index, count: count)
                decision.changes[index] = RecordedChange(change: change, task: decision.changes[index].task)
            }
        }
        if let key, let first = decision.changes.first { draft.note(key, KeyUse(first.change)) }
        return decision
    }

    /// Changes a task that has the given marks as the patch asks, if there is a difference.
    private mutating func update(
        _ id: TaskID,
        _ patch: TaskPatch,
        having marks: GivenMarks = GivenMarks(),
        _ draft: inout BookDraft
    ) throws(TaskError) {
        let old = try current(id, draft)
        try marks.check(against: old)
        var new = old
        patch.apply(to: &new.content)
        try draft.checkRoom(for: new.textBytes - old.textBytes)
        guard new != old else {
            // The key must be remembered, so that a repeat has no effect either, whatever happens in between.
            if key != nil { apply(change(.updated, id, version: old.version, draft), &draft) }
            return
        }
        let kind: TaskChange.Kind =
            new.content.completed == old.content.completed ? .updated : new.content.completed ? .completed : .reopened
        var change = change(kind, id, version: old.version + 1, draft)
        change.before = TaskPatch(of: old.content, differingFrom: new.content)
        change.after = TaskPatch(of: new.content, differingFrom: old.content)
        change.since = old.updatedAt
        apply(change, &draft)
    }

    /// The task that an operation names, at the expected version.
    private mutating func current(_ id: TaskID, _ draft: BookDraft) throws(TaskError) -> TaskItem {
        guard let task = draft.task(id) else { throw .notFound(id) }
        if let version = expected.removeValue(forKey: id), version != task.version {
            throw .versionMismatch(current: task)
        }
        return task
    }

    private func change(_ kind: TaskChange.Kind, _ id: TaskID, version: Int, _ draft: BookDraft) -> TaskChange {
        TaskChange(
            sequence: draft.head + 1,
            commit: draft.commit,
            previous: draft.lastCommit(of: id),
            time: now,
            clock: clock,
            kind: kind,
            taskID: id,
            version: version,
            before: TaskPatch(),
            after: TaskPatch(),
            actor: context.actor,
            channel: context.channel,
            trace: context.trace?.parent,
            key: key,
            request: request
        )
    }

    private mutating func apply(_ change: TaskChange, _ draft: inout BookDraft) {
        let old = draft.task(change.taskID)
        draft.apply(change)
        // A change that leaves no task had one before.
        guard let task = draft.task(change.taskID) ?? old else { return }
        decision.changes.append(RecordedChange(change: change, task: task))
    }
}

extension BookDraft {
    /// Refuses texts that would exceed the book's limit; a book above the limit may still shrink.
    fileprivate func checkRoom(for more: Int) throws(TaskError) {
        if more > 0, textBytes + more > textLimit { throw .bookFull(used: textBytes, limit: textLimit) }
    }

    /// The first command with this idempotency key, when it is less than a day old; otherwise `nil`, as without a key.
    ///
    /// - Throws: ``TaskError/keyReused`` when that was a different command.
    fileprivate func firstUse(
        by checked: CheckedCommand,
        context: CommandContext,
        now: Timestamp
    ) throws(TaskError) -> KeyUse? {
        guard let key = context.keyFingerprint, let use = firstUse(of: key, now: now) else { return nil }
        let request = Fingerprint(of: checked.command)
        // Journals of the first format only record that the key was used.
        if let first = use.request, first != request { throw .keyReused }
        return use
    }
}
