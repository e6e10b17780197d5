/// The part of a change that an owner's activity needs.
package struct ActivityChange: Hashable, Sendable {
    /// The position in the owner's journal: 1, 2, 3 … without gaps.
    package let sequence: Int
    /// When the change happened.
    package let time: Timestamp
    package let kind: TaskChange.Kind
    /// The task that changed.
    package let taskID: TaskID
    /// The task's title after the change; for a deleted task the last one.
    package let title: String

    /// Creates a change; the title is cut to the length that a task's may have.
    package init(sequence: Int, time: Timestamp, kind: TaskChange.Kind, taskID: TaskID, title: String) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.taskID = taskID
        let scalars = title.unicodeScalars
        self.title =
            scalars.count <= TaskRules.titleLimit
            ? title : String(String.UnicodeScalarView(scalars.prefix(TaskRules.titleLimit)))
    }
}
