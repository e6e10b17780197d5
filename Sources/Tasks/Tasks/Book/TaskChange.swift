/// One thing that happened to one task: an entry of the book's journal.
package struct TaskChange: Hashable, Sendable {
    /// What kind of thing happened.
    package enum Kind: String, CaseIterable, Sendable {
        case created
        case updated
        case completed
        case reopened
        case deleted

        /// The type of an event that tells of it: `task.created`.
        package var eventType: String { "task." + rawValue }
    }

    /// The place in the book's journal: 1, 2, 3 … without gaps.
    package var sequence: Int
    /// The sequence of the first change of the commit that this one is part of.
    package var commit: Int
    /// The commit with the task's change before this one; 0 when there is none, or nobody noted it.
    package var previous: Int
    /// When; never earlier than the change before it.
    package var time: Timestamp
    /// The time by which ages are told, which no single machine's clock moves by much; as `time` where it is not known.
    package var clock: Timestamp
    /// What kind of thing happened.
    package var kind: Kind
    /// The task it happened to.
    package var taskID: TaskID
    /// The task's version after the change; after a delete the one it would have, and as before when nothing changed.
    package var version: Int
    /// The fields that changed, as they were; nothing for a created task.
    ///
    /// Both are empty when a command with an idempotency key found nothing to change: its key is remembered all the same.
    package var before: TaskPatch
    /// The fields that changed, as they are now; nothing for a deleted task.
    package var after: TaskPatch
    /// When the task was created, of a change that creates or deletes it; nil for the others, and where the journal does not tell.
    ///
    /// A deleted task that comes back was created before the change.
    package var createdAt: Timestamp?
    /// When the task came to be what the change found; nil where it found none, changed nothing, or nobody noted it.
    package var since: Timestamp?
    /// Of a created task the version with which an earlier life of it ended; 0 when there was none, or nobody noted it.
    ///
    /// ``previous`` is then the commit with that end.
    package var endedVersion: Int
    /// Which part of its command it is.
    package var part: CommandPart
    /// Who did it.
    package var actor: OwnerID
    /// Through which door.
    package var channel: Channel
    /// The `traceparent` of the request.
    package var trace: String?
    /// The idempotency key it came with.
    package var key: Fingerprint?
    /// The command that came with that key.
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
        self.actor = actor
        self.channel = channel
        self.trace = trace
        self.key = key
        self.request = request
    }

    /// Whether the change does anything to its task.
    package var changesFields: Bool { kind == .created || kind == .deleted || !after.isEmpty }

    /// The sequences of all changes of its command.
    package var command: ClosedRange<Int> {
        let first = sequence - part.index
        return first...first + part.count - 1
    }

    /// Whether the version is the one that comes after a task's, or one that a new task may begin at: 1, the sequence of its change, or, when it
    /// comes back, the one after that of its end.
    package func follows(_ task: TaskItem?) -> Bool {
        guard let task else {
            return version == 1 || version == sequence || endedVersion > 0 && version == endedVersion + 1
        }
        return version == task.version + (changesFields ? 1 : 0)
    }

    /// The task after this change, when it was `task` before; nil when it is no more, or there was none to change.
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

    /// Whether it tells what its task was before; what older servers wrote of a change of fields does not.
    package var tellsOrigin: Bool {
        switch kind {
        case .created: true
        case .deleted: since != nil && createdAt != nil
        case .updated, .completed, .reopened: since != nil || !changesFields
        }
    }

    /// The task before this change, when it is `task` after it; nil when there was none, or the journal does not tell.
    ///
    /// It undoes ``result(on:owner:)`` exactly: what a change holds suffices for that.
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

    /// The task as it is told of after the change: of a deleted one the last there was, with the version and time of its end.
    package func told(_ task: TaskItem) -> TaskItem {
        guard kind == .deleted else { return task }
        var task = task
        task.version = version
        task.updatedAt = time
        return task
    }
}

/// Which part of its command a change is.
package struct CommandPart: Hashable, Sendable {
    /// Its place among the command's changes, from 0.
    package let index: Int
    /// How many changes the command is.
    package let count: Int

    /// The only change of its command.
    package static let whole = CommandPart(index: 0, count: 1)

    /// Makes one of its parts.
    package init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }
}
