import DaprText

/// What a command changes in a book: nothing is read, written or waited for here.
///
/// No change comes back when the book is already as a command without an idempotency key wants it, and when a command with this key was
/// carried out within the last day (``BookReading/firstUse(by:context:now:)`` says what it did). A change is never earlier than the one
/// before it.
///
/// - Parameters:
///   - book: what there is.
///   - checked: what is wanted.
///   - context: by whom, and how.
///   - now: the time of day.
///   - clock: the time by which ages are told; nil is `now`.
///   - newID: the identifier of a task that is created without one.
/// - Returns: the changes, in order.
/// - Throws: ``TaskError/notFound(_:)``, ``TaskError/versionMismatch(current:)``,
///   ``TaskError/alreadyExists(_:)``, ``TaskError/limitExceeded(limit:)``, ``TaskError/bookFull(used:limit:)``, ``TaskError/keyReused``.
package func decide(
    _ book: some BookReading,
    _ checked: CheckedCommand,
    context: CommandContext,
    now: Timestamp,
    clock: Timestamp? = nil,
    newID: TaskID
) throws(TaskError) -> [TaskChange] {
    let command = checked.command
    let clock = max(clock ?? now, book.clock)
    let now = max(now, book.time)
    if try book.firstUse(by: checked, context: context, now: clock) != nil { return [] }
    let key = context.keyFingerprint
    let request = key.map { _ in Fingerprint(of: command) }

    func change(_ kind: TaskChange.Kind, _ id: TaskID, version: Int, before: TaskPatch, after: TaskPatch) -> TaskChange
    {
        TaskChange(
            sequence: book.head + 1,
            commit: book.commit,
            previous: book.lastCommit(of: id),
            time: now,
            clock: clock,
            kind: kind,
            taskID: id,
            version: version,
            before: before,
            after: after,
            actor: context.actor,
            channel: context.channel,
            trace: context.trace,
            key: key,
            request: request
        )
    }
    /// The task a command names, at the version it expects.
    func current(_ id: TaskID) throws(TaskError) -> TaskItem {
        guard let task = book.task(id) else { throw .notFound(id) }
        if let expected = context.expectedVersion, expected != task.version { throw .versionMismatch(current: task) }
        return task
    }
    /// Sees to it that the texts of the book stay within their limit; a book that is above it may shrink.
    func checkRoom(for more: Int) throws(TaskError) {
        if more > 0, book.textBytes + more > book.textLimit {
            throw .bookFull(used: book.textBytes, limit: book.textLimit)
        }
    }
    /// The change that makes `old` be as the patch wants it, if there is a difference.
    func update(_ old: TaskItem, _ patch: TaskPatch) throws(TaskError) -> [TaskChange] {
        var new = old
        patch.apply(to: &new.content)
        try checkRoom(for: new.textBytes - old.textBytes)
        guard new != old else {
            // The key must be remembered, so that its repeat has no effect either, whatever happens in between.
            return key == nil
                ? [] : [change(.updated, old.id, version: old.version, before: TaskPatch(), after: TaskPatch())]
        }
        let kind: TaskChange.Kind =
            new.content.completed == old.content.completed ? .updated : new.content.completed ? .completed : .reopened
        return [
            change(
                kind,
                old.id,
                version: old.version + 1,
                before: TaskPatch(of: old.content, differingFrom: new.content),
                after: TaskPatch(of: new.content, differingFrom: old.content)
            )
        ]
    }

    switch command {
    case .create(let content, let wanted):
        let id = wanted ?? newID
        guard book.task(id) == nil else { throw .alreadyExists(id) }
        guard book.count < TaskRules.tasksPerOwner else { throw .limitExceeded(limit: TaskRules.tasksPerOwner) }
        try checkRoom(for: content.textBytes)
        // An identifier that is used again must not come to a version it had before; those made here are never used again.
        let version = wanted == nil ? 1 : book.head + 1
        return [change(.created, id, version: version, before: TaskPatch(), after: TaskPatch(of: content))]
    case .replace(let id, let content):
        return try update(try current(id), TaskPatch(of: content))
    case .patch(let id, let patch):
        return try update(try current(id), patch)
    case .complete(let id), .reopen(let id):
        var patch = TaskPatch()
        patch.completed = if case .complete = command { true } else { false }
        return try update(try current(id), patch)
    case .delete(let id):
        let task = try current(id)
        return [
            change(
                .deleted,
                id,
                version: task.version + 1,
                before: TaskPatch(of: task.content),
                after: TaskPatch()
            )
        ]
    }
}

extension BookReading {
    /// What the first command with this idempotency key did, when it was within a day; nil when there was none, or there is no key.
    /// - Throws: ``TaskError/keyReused`` when it was another command.
    package func firstUse(
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
