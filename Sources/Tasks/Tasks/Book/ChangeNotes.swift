/// What a change tells beside what became of its task.
package struct ChangeNotes: Hashable, Sendable {
    /// The sequences of the command that this change's command takes back; `nil` when it takes back none.
    package var undone: ClosedRange<Int>?
    /// The fields that others had changed since the version that the change is based on; they were kept.
    package var merged: TaskFields = []
    /// The operations of the command that made no change, in order, so that a repeat can be answered.
    ///
    /// They stand with the first change of the command.
    package var unchanged: [UnchangedOperation] = []

    package init() {}

    package var isEmpty: Bool { undone == nil && merged.isEmpty && unchanged.isEmpty }
}

/// An operation that made no change.
package struct UnchangedOperation: Hashable, Sendable {
    /// The operation's index in the command.
    package let operation: Int
    /// Why it was refused; `nil` when there was no task, and there was to be none.
    package let refusal: TaskError?

    package init(operation: Int, refusal: TaskError?) {
        self.operation = operation
        self.refusal = refusal
    }

    // A refusal is no part of the hash, and need not have one.
    package func hash(into hasher: inout Hasher) { hasher.combine(operation) }
}
