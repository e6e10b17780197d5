/// Tells what happened to an owner's tasks, out of the journal.
package protocol ChangeFeed: Sendable {
    /// The changes after a sequence, oldest first and without gaps, deletions among them.
    ///
    /// - Parameters:
    ///   - sequence: the last one that the caller knows; 0 for none.
    ///   - limit: the most changes, 1 to 1,000.
    ///   - owner: whose.
    ///   - trace: the `traceparent` of the request.
    /// - Returns: the changes, and the last sequence there is.
    /// - Throws: ``TaskError/changesGone(head:)`` when the changes after it were removed, or the journal never came so far.
    func changes(
        since sequence: Int,
        limit: Int,
        owner: OwnerID,
        trace: String?
    ) async throws(TaskError) -> ChangePage

    /// What happened to one task, newest first.
    ///
    /// - Parameters:
    ///   - id: the task; one that was deleted is found while its deletion is among the last
    ///     ``HistoryPage/deletionSearch`` changes.
    ///   - cursor: where the page before ended, as its `nextCursor` said.
    ///   - limit: the most changes, 1 to 200.
    ///   - owner: whose.
    ///   - trace: the `traceparent` of the request.
    /// - Returns: a page of changes, and where the next one begins.
    /// - Throws: ``TaskError/notFound(_:)`` also when the task is another owner's; ``TaskError/invalid(_:)`` for a cursor that is none.
    func history(
        of id: TaskID,
        cursor: String?,
        limit: Int,
        owner: OwnerID,
        trace: String?
    ) async throws(TaskError) -> HistoryPage
}

/// A change with the task it left.
package struct RecordedChange: Hashable, Sendable {
    /// What happened.
    package let change: TaskChange
    /// The task after it; of a deleted one the last there was, with the version and time of its end.
    package let task: TaskItem

    /// Makes one of its parts; of a deleted task it takes the last there was.
    package init(change: TaskChange, task: TaskItem) {
        self.change = change
        self.task = change.told(task)
    }
}

/// Changes that follow one another.
package struct ChangePage: Sendable {
    /// The changes, oldest first.
    package let changes: [RecordedChange]
    /// The sequence of the last change there is.
    package let head: Int

    /// Makes a page of its parts.
    package init(changes: [RecordedChange], head: Int) {
        self.changes = changes
        self.head = head
    }
}

/// What happened to one task.
package struct HistoryPage: Sendable {
    /// How many changes from the journal's end a deletion is looked for.
    package static let deletionSearch = 4096

    /// The changes, newest first.
    package let changes: [RecordedChange]
    /// Where the next page, of older changes, begins; nil when this is the last.
    package let nextCursor: String?

    /// Makes a page of its parts.
    package init(changes: [RecordedChange], nextCursor: String?) {
        self.changes = changes
        self.nextCursor = nextCursor
    }
}
