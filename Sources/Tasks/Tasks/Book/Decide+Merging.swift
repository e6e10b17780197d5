extension Decider {
    /// Changes a task as the operation at `index` asks, under the operation's condition.
    ///
    /// - Parameters:
    ///   - id: The task.
    ///   - index: The operation's index.
    ///   - required: The fields that the operation rests on besides those that it sets: they must not have changed.
    ///   - draft: The book.
    ///   - result: Returns the task's content with the change.
    /// - Throws: ``TaskError/notFound(_:)``, ``TaskError/versionMismatch(current:)``, ``TaskError/mergeConflict(_:)``,
    ///   ``TaskError/journalNeeded(_:)``, ``TaskError/bookFull(used:limit:)``, or what `result` throws.
    mutating func update(
        _ id: TaskID,
        _ index: Int,
        requiring required: TaskFields = [],
        _ draft: inout BookDraft,
        _ result: (TaskItem) throws(TaskError) -> TaskContent
    ) throws(TaskError) {
        let task = try current(id, draft)
        guard let condition = context.conditions[index], condition.version != task.version else {
            return try set(result(task), of: task, &draft)
        }
        switch condition.otherwise {
        case .refuse, .mergeFrom(nil): throw .versionMismatch(current: task)
        // A version that the task never had is none that anything can be based on.
        case .merge where condition.version < 1 || condition.version > task.version:
            throw .versionMismatch(current: task)
        case .merge:
            throw .journalNeeded([JournalNeed(operation: index, changes: task.version - condition.version + 1)])
        case .mergeFrom(let base?):
            let yours = try result(base)
            var (merged, conflicts) = TaskContent.merged(base: base.content, yours: yours, theirs: task.content)
            let others = task.content.fields(differingFrom: base.content)
            conflicts += TaskField.allCases.filter {
                required.contains($0) && others.contains($0) && !conflicts.contains($0)
            }
            guard conflicts.isEmpty else {
                throw .mergeConflict(
                    MergeConflict(current: task, base: base.content, yours: yours, fields: conflicts)
                )
            }
            // What both set to the same value nobody had to keep.
            let alike = yours.fields(differingFrom: base.content)
            var kept: TaskFields = []
            for field in TaskField.allCases where others.contains(field) {
                if field == .tags || !alike.contains(field) { kept.insert(field) }
            }
            try set(merged, of: task, keeping: kept, &draft)
        }
    }
}
