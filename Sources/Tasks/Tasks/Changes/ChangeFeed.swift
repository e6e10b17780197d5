/// Reads the changes to an owner's tasks from the journal.
package protocol ChangeFeed: Sendable {
    /// The newest changes of those owners that somebody follows.
    var live: LiveChanges { get }

    /// Reads the changes after `sequence`, oldest first and without gaps, including deletions.
    ///
    /// - Parameters:
    ///   - sequence: The last change that the caller knows; 0 for none.
    ///   - limit: The most changes, 1 to 1,000.
    ///   - owner: The owner of the tasks.
    ///   - trace: The `traceparent` of the request.
    /// - Returns: The changes, and the last sequence there is.
    /// - Throws: ``TaskError/changesGone(head:)`` when the changes after `sequence` were removed, or the journal has
    ///   never reached it.
    func changes(
        since sequence: Int,
        limit: Int,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> ChangePage

    /// Reads the changes to one task, newest first.
    ///
    /// - Parameters:
    ///   - id: The task; a deleted one is found while its deletion is among the last ``HistoryPage/deletionSearch``
    ///     changes.
    ///   - cursor: The `nextCursor` of the previous page.
    ///   - limit: The most changes, 1 to 200.
    ///   - owner: The owner of the task.
    ///   - trace: The `traceparent` of the request.
    /// - Returns: A page of changes, and the cursor of the next.
    /// - Throws: ``TaskError/notFound(_:)``, also when the task belongs to another owner; ``TaskError/invalid(_:)`` for
    ///   an invalid cursor.
    func history(
        of id: TaskID,
        cursor: String?,
        limit: Int,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> HistoryPage
}

/// A change together with the task after it.
package struct RecordedChange: Hashable, Sendable {
    package let change: TaskChange
    /// The task after the change; a deleted task is the last one, with the version and time of its deletion.
    package let task: TaskItem

    /// Creates a recorded change; for a deletion `task` is the last task before it.
    package init(change: TaskChange, task: TaskItem) {
        self.change = change
        self.task = change.told(task)
    }
}

/// A page of consecutive changes.
package struct ChangePage: Sendable {
    /// The changes, oldest first.
    package let changes: [RecordedChange]
    /// The sequence of the last change there is.
    package let head: Int

    package init(changes: [RecordedChange], head: Int) {
        self.changes = changes
        self.head = head
    }
}

/// A page of changes to one task.
package struct HistoryPage: Sendable {
    /// The number of changes at the end of the journal that are searched for a deletion.
    package static let deletionSearch = 4096

    /// The changes, newest first.
    package let changes: [RecordedChange]
    /// The cursor of the next page, with older changes; `nil` on the last page.
    package let nextCursor: String?

    package init(changes: [RecordedChange], nextCursor: String?) {
        self.changes = changes
        self.nextCursor = nextCursor
    }
}
