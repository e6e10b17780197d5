import DaprText

/// Decides which changes a command makes to a book; it reads, writes and waits for nothing.
///
/// Operations are decided in order, each on the result of those before it. In an atomic command the first refusal
/// refuses all; in a partial one it is the outcome of its operation. An operation that finds the book already as wanted
/// makes no change, unless the command has an idempotency key: then each operation makes exactly one change, or is noted
/// with the first one as having made none, so that a repeat can be answered from the journal alone. A change is never
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
/// - Throws: ``TaskError/keyReused``, ``TaskError/planChanged(_:)``, ``TaskError/journalNeeded(_:)``, or the
///   refusal of an operation, which in a list is a ``TaskError/inOperation(_:_:)``: no such task, another
///   version, invalid marks or edits, a task that exists, a conflict, or a limit that is reached. The conflicts of an undo
///   are thrown together.
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
    let before = operations.count > 1 || context.accepts != nil ? draft : nil
    do throws(TaskError) {
        var decider = Decider(
            context: context,
            request: context.keyFingerprint.map { _ in Fingerprint(of: checked.command) },
            now: max(now, draft.time),
            clock: clock
        )
        var conflicts: [UndoConflict] = []
        var needs: [JournalNeed] = []
        for (index, operation) in operations.enumerated() {
            do throws(TaskError) {
                try decider.decide(operation, at: index, &draft, newID)
            } catch {
                switch error {
                // All that is needed is told at once; what comes after is decided again.
                case .journalNeeded(let more): needs += more
                case _ where !needs.isEmpty: break
                case .undoConflict(let more): conflicts += more
                default:
                    if checked.command.mode == .partial {
                        decider.refuse(error.of(operation, at: index))
                    } else if case .undo = operation {
                        throw error
                    } else {
                        throw checked.command.isList ? .inOperation(index, error.of(operation, at: index)) : error
                    }
                }
            }
        }
        guard needs.isEmpty else { throw .journalNeeded(needs) }
        guard conflicts.isEmpty else { throw .undoConflict(conflicts) }
        let decision = decider.finish(&draft)
        if let accepts = context.accepts, !accepts(decision.outcomes) { throw .planChanged(decision.outcomes) }
        return decision
    } catch {
        if let before { draft = before }
        throw error
    }
}

/// Decides the operations of one command.
struct Decider {
    let context: CommandContext
    let key: Fingerprint?
    let request: Fingerprint?
    let now: Timestamp
    let clock: Timestamp
    /// What the changes of the command tell beside.
    var notes = ChangeNotes()
    private var decision = Decision()
    /// The change of the operation that is being decided, and what it kept of others.
    private var change: TaskChange?
    private var merged: TaskFields = []

    init(context: CommandContext, request: Fingerprint?, now: Timestamp, clock: Timestamp) {
        self.context = context
        self.request = request
        self.now = now
        self.clock = clock
        key = context.keyFingerprint
    }

    /// Decides an operation; the draft is unchanged when it is refused.
    mutating func decide(
        _ operation: TaskOperation,
        at index: Int,
        _ draft: inout BookDraft,
        _ newID: () -> TaskID
    ) throws(TaskError) {
        (change, merged) = (nil, [])
        let id = try operation.target.map { target throws(TaskError) in try self.id(of: target) } ?? newID()
        switch operation {
        case .create(let content, let wanted):
            guard draft.task(id) == nil else { throw .alreadyExists(id) }
            // A reused identifier must not reach a version that it had before; identifiers made here are never reused.
            try create(id, content, version: wanted == nil ? 1 : draft.head + 1, &draft)
        case .replace(_, let content, let marks):
            try update(id, index, &draft) { task throws(TaskError) in
                try marks.check(against: task)
                return content
            }
        case .patch(_, let patch):
            try update(id, index, &draft) { patch.result(on: $0) }
        case .edit(_, let edits):
            try update(id, index, requiring: edits.testedFields, &draft) { task throws(TaskError) in
                let (content, marks) = try edits.result(on: task)
                try marks.check(against: task)
                return content
            }
        case .complete, .reopen:
            var patch = TaskPatch()
            patch.completed = if case .complete = operation { true } else { false }
            try update(id, index, &draft) { patch.result(on: $0) }
        case .delete:
            let task = try current(id, draft)
            if let condition = context.conditions[index], condition.version != task.version {
                throw .versionMismatch(current: task)
            }
            delete(task, &draft)
        case .undo(let undo):
            notes.undone = undo.command
            try take(back: undo, index, &draft)
        case .invalid(let faults, _): throw .invalid(faults)
        }
        if change == nil, draft.task(id) == nil { noteUnchanged(nil) }
        decision.outcomes.append(DecidedOutcome(task: draft.task(id), change: change, merged: merged))
    }

    /// Records that the operation is refused.
    mutating func refuse(_ error: TaskError) {
        noteUnchanged(error)
        decision.outcomes.append(DecidedOutcome(task: nil, change: nil, refusal: error))
    }

    private mutating func noteUnchanged(_ refusal: TaskError?) {
        guard key != nil else { return }
        notes.unchanged.append(UnchangedOperation(operation: decision.outcomes.count, refusal: refusal))
    }

    /// Numbers the changes as parts of the command, and records the key in the draft.
    mutating func finish(_ draft: inout BookDraft) -> Decision {
        let count = decision.changes.count
        var place = 0
        for index in decision.outcomes.indices where decision.outcomes[index].change != nil {
            var change = decision.changes[place].change
            change.part = CommandPart(index: place, count: count)
            change.notes.undone = notes.undone
            if place == 0 { change.notes.unchanged = notes.unchanged }
            decision.changes[place] = RecordedChange(change: change, task: decision.changes[place].task)
            decision.outcomes[index].change = change
            place += 1
        }
        if let key, let first = decision.changes.first { draft.note(key, KeyUse(first.change)) }
        return decision
    }

    /// The task that an operation names.
    func current(_ id: TaskID, _ draft: BookDraft) throws(TaskError) -> TaskItem {
        guard let task = draft.task(id) else { throw .notFound(id) }
        return task
    }

    private func id(of target: TaskTarget) throws(TaskError) -> TaskID {
        switch target {
        case .task(let id): return id
        case .made(let operation):
            // A checked command names an operation before this one that creates a task.
            guard decision.outcomes.indices.contains(operation), let made = decision.outcomes[operation].change?.taskID
            else { throw .makerRefused(operation: operation) }
            return made
        }
    }

    // MARK: Changes

    /// Creates a task, or brings one back that ended with the change `end`.
    mutating func create(
        _ id: TaskID,
        _ content: TaskContent,
        version: Int,
        createdAt: Timestamp? = nil,
        endedBy end: TaskChange? = nil,
        _ draft: inout BookDraft
    ) throws(TaskError) {
        guard draft.count < TaskRules.tasksPerOwner else { throw .limitExceeded(limit: TaskRules.tasksPerOwner) }
        try draft.checkRoom(for: content.textBytes)
        var change = change(.created, id, version: version, draft)
        change.after = TaskPatch(of: content)
        change.createdAt = createdAt ?? now
        if let end { (change.endedVersion, change.previous) = (end.version, end.commit) }
        apply(change, &draft)
    }

    /// Sets a task's content, if there is a difference.
    mutating func set(
        _ content: TaskContent,
        of old: TaskItem,
        keeping merged: TaskFields = [],
        _ draft: inout BookDraft
    ) throws(TaskError) {
        try draft.checkRoom(for: content.textBytes - old.textBytes)
        self.merged = merged
        guard content != old.content else {
            // The key must be remembered, so that a repeat has no effect either, whatever happens in between.
            if key != nil {
                var change = change(.updated, old.id, version: old.version, draft)
                change.notes.merged = merged
                apply(change, &draft)
            }
            return
        }
        let kind: TaskChange.Kind =
            content.completed == old.content.completed ? .updated : content.completed ? .completed : .reopened
        var change = change(kind, old.id, version: old.version + 1, draft)
        change.before = TaskPatch(of: old.content, differingFrom: content)
        change.after = TaskPatch(of: content, differingFrom: old.content)
        change.since = old.updatedAt
        change.notes.merged = merged
        apply(change, &draft)
    }

    mutating func delete(_ task: TaskItem, _ draft: inout BookDraft) {
        var change = change(.deleted, task.id, version: task.version + 1, draft)
        change.before = TaskPatch(of: task.content)
        change.createdAt = task.createdAt
        change.since = task.updatedAt
        apply(change, &draft)
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
        self.change = change
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
