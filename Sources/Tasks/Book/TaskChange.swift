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
        self.actor = actor
        self.channel = channel
        self.trace = trace
        self.key = key
        self.request = request
    }

    /// Whether the change does anything to its task.
    package var changesFields: Bool { kind == .created || kind == .deleted || !after.isEmpty }

    /// Whether the version is the one that comes after a task's, or one that a new task may begin at.
    package func follows(_ task: TaskItem?) -> Bool {
        guard let task else { return version == 1 || version == sequence }
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
                createdAt: time,
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
}
