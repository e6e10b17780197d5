/// One change to one task: an entry in the book's journal.
package struct TaskChange: Hashable, Sendable {
    /// The kind of a change.
    package enum Kind: String, CaseIterable, Sendable {
        case created
        case updated
        case completed
        case reopened
        case deleted

        /// The type of the event that reports the change, such as `task.created`.
        package var eventType: String { "task." + rawValue }
    }

    /// The position in the book's journal: 1, 2, 3 … without gaps.
    package var sequence: Int
    /// The sequence of the first change in the same commit.
    package var commit: Int
    /// The commit with the task's previous change; 0 when there is none, or it was not recorded.
    package var previous: Int
    /// When the change happened; never earlier than the change before it.
    package var time: Timestamp
    /// The clock by which ages are measured, which no single machine's clock moves by much; equals `time` where it is
    /// not known.
    package var clock: Timestamp
    package var kind: Kind
    /// The task that changed.
    package var taskID: TaskID
    /// The task's version after the change; for a deletion one more than its last, and unchanged when nothing changed.
    package var version: Int
    /// The changed fields with their old values; empty for a created task.
    ///
    /// Both this and ``after`` are empty when a command with an idempotency key found nothing to change: its key is
    /// remembered all the same.
    package var before: TaskPatch
    /// The changed fields with their new values; empty for a deleted task.
    package var after: TaskPatch
    /// When the task was created, for a change that creates or deletes it; `nil` for others, and where it was not
    /// recorded.
    ///
    /// A deleted task that comes back was created before the change.
    package var createdAt: Timestamp?
    /// The task's `updatedAt` before the change; `nil` when there was no task, nothing changed, or it was not recorded.
    package var since: Timestamp?
    /// For a created task, the version with which an earlier life of it ended; 0 when there was none, or it was not
    /// recorded.
    ///
    /// ``previous`` then is the commit of that end.
    package var endedVersion: Int
    /// The position within the command.
    package var part: CommandPart
    /// What it tells beside.
    package var notes: ChangeNotes
    /// The sender of the command.
    package var actor: OwnerID
    /// The door that the command came through.
    package var channel: Channel
    /// The `traceparent` of the request.
    package var trace: String?
    /// The idempotency key of the command.
    package var key: Fingerprint?
    /// The fingerprint of the command with that key.
    package var request: Fingerprint?

    package init(
        sequence: Int,
        commit: Int,
        previous: Int,
        time: Timestamp,
        clock: Timestamp? = nil,
        kind: Kind,
        taskID: TaskID,
        version: Int,
        before: TaskPatch,
        after: TaskPatch,
        createdAt: Timestamp? = nil,
        since: Timestamp? = nil,
        endedVersion: Int = 0,
        part: CommandPart = .whole,
        notes: ChangeNotes = ChangeNotes(),
        actor: OwnerID,
        channel: Channel,
        trace: String? = nil,
        key: Fingerprint? = nil,
        request: Fingerprint? = nil
    ) {
        self.sequence = sequence
        self.commit = commit
        self.previous = previous
        self.time = time
        self.clock = clock ?? time
        self.kind = kind
        self.taskID = taskID
        self.version = version
        self.before = before
        self.after = after
        self.createdAt = createdAt
        self.since = since
        self.endedVersion = endedVersion
        self.part = part
        self.notes = notes
        self.actor = actor
        self.channel = channel
        self.trace = trace
        self.key = key
        self.request = request
    }

    /// Whether the change sets a field, or makes or ends a task that has it.
    package func touches(_ field: TaskField) -> Bool {
        switch kind {
        case .created, .deleted: true
        case .updated, .completed, .reopened: before.fields.contains(field) || after.fields.contains(field)
        }
    }

    /// Whether the change affects its task.
    package var changesFields: Bool { kind == .created || kind == .deleted || !after.isEmpty }

    /// The sequences of all changes of its command.
    package var command: ClosedRange<Int> {
        let first = sequence - part.index
        return first...first + part.count - 1
    }

    /// Whether the version may follow that of `task`.
    ///
    /// A new task may begin at 1, at the sequence of its change, or, if it comes back, one after the version of its
    /// end.
    package func follows(_ task: TaskItem?) -> Bool {
        guard let task else {
            return version == 1 || version == sequence || endedVersion > 0 && version == endedVersion + 1
        }
        return version == task.version + (changesFields ? 1 : 0)
    }

    /// The task after this change, given the task before it; `nil` when it is deleted, or there was none to change.
    package func result(on task: TaskItem?, owner: OwnerID) -> TaskItem? {
        switch kind {
        case .deleted:
            return nil
        case .created:
            var content = TaskContent(title: "")
            after.apply(to: &content)
            return TaskItem(
                id: taskID,
                userID: owner,
                content: content,
                createdAt: createdAt ?? time,
                updatedAt: time,
                version: version
            )
        case .updated, .completed, .reopened:
            guard var changed = task else { return nil }
            guard changesFields else { return changed }
            after.apply(to: &changed.content)
            changed.updatedAt = time
            changed.version = version
            return changed
        }
    }

    /// Whether the change records what its task was before; field changes by older servers do not.
    package var tellsOrigin: Bool {
        switch kind {
        case .created: true
        case .deleted: since != nil && createdAt != nil
        case .updated, .completed, .reopened: since != nil || !changesFields
        }
    }

    /// The task before this change, given the task after it; `nil` when there was none, or the journal does not record
    /// it.
    ///
    /// It is the exact inverse of ``result(on:owner:)``, from the data in the change alone.
    package func origin(of task: TaskItem?, owner: OwnerID) -> TaskItem? {
        guard changesFields else { return task }
        guard tellsOrigin, let since else { return nil }
        switch kind {
        case .created:
            return nil
        case .deleted:
            guard let createdAt else { return nil }
            var content = TaskContent(title: "")
            before.apply(to: &content)
            return TaskItem(
                id: taskID,
                userID: owner,
                content: content,
                createdAt: createdAt,
                updatedAt: since,
                version: version - 1
            )
        case .updated, .completed, .reopened:
            guard var origin = task else { return nil }
            before.apply(to: &origin.content)
            origin.updatedAt = since
            origin.version -= 1
            return origin
        }
    }

    /// The task as reported after the change: a deleted task is the last one, with the version and time of its
    /// deletion.
    package func told(_ task: TaskItem) -> TaskItem {
        guard kind == .deleted else { return task }
        var task = task
        task.version = version
        task.updatedAt = time
        return task
    }
}

/// The position of a change within its command.
package struct CommandPart: Hashable, Sendable {
    /// The index among the command's changes, from 0.
    package let index: Int
    /// The number of the command's changes.
    package let count: Int

    /// The only change of its command.
    package static let whole = CommandPart(index: 0, count: 1)

    package init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }
}
