import DaprText

/// What a command comes to.
package struct Decision: Sendable {
    /// Its changes in order, with the tasks they leave.
    package fileprivate(set) var changes: [RecordedChange] = []
    /// What each of its operations comes to, in their order.
    package fileprivate(set) var outcomes: [DecidedOutcome] = []
    /// What the first command with the same idempotency key did, when this one repeats it; then the rest is empty.
    package let repeated: KeyUse?

    fileprivate init(repeated: KeyUse? = nil) {
        self.repeated = repeated
    }
}

/// What one operation comes to.
package struct DecidedOutcome: Sendable {
    /// The task after it; nil when it is deleted.
    package let task: TaskItem?
    /// Whether the operation creates it.
    package let created: Bool

    /// Makes one of its parts.
    package init(task: TaskItem?, created: Bool) {
        self.task = task
        self.created = created
    }

    /// What the operation came to that a change in the journal tells of.
    package init(_ recorded: RecordedChange) {
        self.init(
            task: recorded.change.kind == .deleted ? nil : recorded.task,
            created: recorded.change.kind == .created
        )
    }
}

/// What a command changes in a book: nothing is read, written or waited for here.
///
/// Its operations are decided in order, each on what those before it leave, and the first that is refused refuses all. No change comes of an
/// operation that finds the book already as it wants it, unless the command has an idempotency key: then each operation is one change, so
/// that the journal tells a repeat all of the answer. A change is never earlier than the one before it.
///
/// - Parameters:
///   - draft: what there is; the changes are in it afterwards, or it is as before.
///   - checked: what is wanted.
///   - context: by whom, and how.
///   - now: the time of day.
///   - clock: the time by which ages are told; nil is `now`.
///   - newID: makes the identifier of a task that is created without one.
/// - Returns: what it comes to.
/// - Throws: ``TaskError/notFound(_:)``, ``TaskError/versionMismatch(current:)``,
///   ``TaskError/alreadyExists(_:)``, ``TaskError/limitExceeded(limit:)``, ``TaskError/bookFull(used:limit:)``, ``TaskError/keyReused``.
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
    // One operation is refused before it changes anything.
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
    /// The versions that are still to be looked for: a task that the command has changed itself is not as the caller knew it.
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
            // An identifier that is used again must not come to a version it had before; those made here are never used again.
            let version = wanted == nil ? 1 : draft.head + 1
            var change = change(.created, id, version: version, draft)
            change.after = TaskPatch(of: content)
            change.createdAt = now
            apply(change, &draft)
        case .replace(_, let content):
            try update(id, TaskPatch(of: content), &draft)
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

    /// Tells the changes which part of the command they are, and the draft that the key is used.
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

    /// Makes a task be as the patch wants it, if there is a difference.
    private mutating func update(_ id: TaskID, _ patch: TaskPatch, _ draft: inout BookDraft) throws(TaskError) {
        let old = try current(id, draft)
        var new = old
        patch.apply(to: &new.content)
        try draft.checkRoom(for: new.textBytes - old.textBytes)
        guard new != old else {
            // The key must be remembered, so that its repeat has no effect either, whatever happens in between.
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

    /// The task an operation names, at the version it expects.
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
            trace: context.trace,
            key: key,
            request: request
        )
    }

    private mutating func apply(_ change: TaskChange, _ draft: inout BookDraft) {
        let old = draft.task(change.taskID)
        draft.apply(change)
        // A change that leaves no task had one.
        guard let task = draft.task(change.taskID) ?? old else { return }
        decision.changes.append(RecordedChange(change: change, task: task))
    }
}

extension BookDraft {
    /// Sees to it that the texts of the book stay within their limit; a book that is above it may shrink.
    fileprivate func checkRoom(for more: Int) throws(TaskError) {
        if more > 0, textBytes + more > textLimit { throw .bookFull(used: textBytes, limit: textLimit) }
    }

    /// What the first command with this idempotency key did, when it was within a day; nil when there was none, or there is no key.
    /// - Throws: ``TaskError/keyReused`` when it was another command.
    fileprivate func firstUse(
        by checked: CheckedCommand,
        context: CommandContext,
        now: Timestamp
    ) throws(TaskError) -> KeyUse? {
        guard let key = context.keyFingerprint, let use = firstUse(of: key, now: now) else { return nil }
        let request = Fingerprint(of: checked.command)
        // A journal of the first format tells only that the key was used.
        if let first = use.request, first != request { throw .keyReused }
        return use
    }
}
