/// What the activity of an owner must know of one change.
package struct ActivityChange: Hashable, Sendable {
    /// The place in the owner's journal: 1, 2, 3 … without gaps.
    package let sequence: Int
    /// When.
    package let time: Timestamp
    /// What kind of thing happened.
    package let kind: TaskChange.Kind
    /// The task it happened to.
    package let taskID: TaskID
    /// The task's title after it; of a deleted task the last one.
    package let title: String

    /// Makes a change of its parts; a title is cut after as many characters as a task's may have.
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
