/// What an earlier command did to one task, to be taken back.
package struct TaskUndo: Hashable, Sendable {
    package let id: TaskID
    /// The command's sequences.
    package let command: ClosedRange<Int>
    /// The command's changes to the task, oldest first; at least one.
    package let changes: [RecordedChange]
    /// The changes to the task after those, oldest first.
    package let later: [TaskChange]
    /// The sequences of those changes that were taken back since, and of what took them back: together they did nothing.
    package let settled: Set<Int>
    /// The sequence up to which `later` has all of them.
    package let end: Int
    /// Whether fields that were changed since are set all the same.
    package let isForced: Bool

    package init(
        id: TaskID,
        command: ClosedRange<Int>,
        changes: [RecordedChange],
        later: [TaskChange],
        settled: Set<Int> = [],
        end: Int,
        isForced: Bool
    ) {
        self.id = id
        self.command = command
        self.changes = changes
        self.later = later
        self.settled = settled
        self.end = end
        self.isForced = isForced
    }
}

/// A field that an undo would set, although it was changed since.
package struct UndoConflict: Equatable, Sendable {
    package let taskID: TaskID
    /// The field; `nil` when the whole task is gone, or there again.
    package let field: TaskField?
    /// The value that the field has; ``TaskValue/null`` where there is no task.
    package let theirs: TaskValue
    /// The value that the undo would set.
    package let ours: TaskValue
    /// The last change to it.
    package let change: TaskChange

    package init(taskID: TaskID, field: TaskField?, theirs: TaskValue, ours: TaskValue, change: TaskChange) {
        self.taskID = taskID
        self.field = field
        self.theirs = theirs
        self.ours = ours
        self.change = change
    }
}
