/// Reads an owner's tasks as they were.
package protocol TimeTravel: Sendable {
    /// Reads an owner's tasks as of a moment.
    ///
    /// - Parameters:
    ///   - owner: The owner of the tasks.
    ///   - moment: The moment; the caller makes sure that a time is not in the future.
    ///   - trace: The trace that the calls continue.
    /// - Returns: The tasks, and the sequence that they are of.
    /// - Throws: ``TaskError/invalid(_:)`` for a sequence after the last, ``TaskError/pastGone(oldest:)`` for a moment that
    ///   is not kept.
    func book(of owner: OwnerID, asOf moment: Moment, trace: CallerTrace?) async throws(TaskError) -> PastBook

    /// Reads one task as of a moment.
    ///
    /// - Parameters:
    ///   - id: The task; it may have been deleted since.
    ///   - moment: The moment; the caller makes sure that a time is not in the future.
    ///   - owner: The owner of the task.
    ///   - trace: The trace that the calls continue.
    /// - Returns: The task, and the sequence that it is of.
    /// - Throws: ``TaskError/notFound(_:)`` when there was no such task then, or it belongs to another owner; otherwise as
    ///   for a book.
    func document(
        _ id: TaskID,
        asOf moment: Moment,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> PastDocument
}

/// A book as it was after a change.
package struct PastBook: Sendable {
    /// The book, whose head is the change; only its tasks are those of then.
    package let book: Book
    /// Is another for another change, and for another history.
    package let revision: String
    /// Whether the moment means this change for ever: later changes are after it.
    package let isSettled: Bool

    package init(book: Book, revision: String, isSettled: Bool) {
        self.book = book
        self.revision = revision
        self.isSettled = isSettled
    }
}

/// A task as it was after a change of its book.
package struct PastDocument: Sendable {
    /// The task.
    package let document: TaskDocument
    /// The sequence of the change.
    package let sequence: Int
    /// Whether the moment means this change for ever: later changes are after it.
    package let isSettled: Bool

    package init(document: TaskDocument, sequence: Int, isSettled: Bool) {
        self.document = document
        self.sequence = sequence
        self.isSettled = isSettled
    }
}
