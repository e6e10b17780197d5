extension RecordedChange {
    /// The task before the change and after it; `nil` where there was none.
    ///
    /// Where the journal does not record what a task was before, because an older server wrote the change, the task before has the times and the
    /// version of the task after.
    package var states: (before: TaskItem?, after: TaskItem?) {
        let after = change.kind == .deleted ? nil : task
        if change.tellsOrigin { return (change.origin(of: after, owner: task.userID), after) }
        var before = task
        change.before.apply(to: &before.content)
        return (before, after)
    }
}
