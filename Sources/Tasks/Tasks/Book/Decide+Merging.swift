extension Decider {
    /// Changes a task as the operation at `index` asks, under the operation's condition.
    ///
    /// - Parameters:
    ///   - id: The task.
    ///   - index: The operation's index.
    ///   - draft: The book.
    ///   - result: Returns the task's content with the change.
    /// - Throws: ``TaskError/notFound(_:)``, ``TaskError/versionMismatch(current:)``, ``TaskError/mergeConflict(_:)``,
    ///   ``TaskError/journalNeeded(operation:)``, ``TaskError/bookFull(used:limit:)``, or what `result` throws.
    mutating func update(
        _ id: TaskID,
        _ index: Int,
        _ draft: inout BookDraft,
        _ result: (TaskItem) throws(TaskError) -> TaskContent
    ) throws(TaskError) {
        let task = try current(id, draft)
        guard let condition = context.conditions[index], condition.version != task.version else {
            return try set(result(task), of: task, &draft)
        }
        switch condition.otherwise {
        case .refuse, .mergeFrom(nil): throw .versionMismatch(current: task)
        case .merge: throw .journalNeeded(operation: index)
        case .mergeFrom(let base?):
            let yours = try result(base)
            let (merged, conflicts) = TaskContent.merged(base: base.content, yours: yours, theirs: task.content)
            guard conflicts.isEmpty else {
                throw .mergeConflict(
                    MergeConflict(current: task, base: base.content, yours: yours, fields: conflicts)
                )
            }
            try set(merged, of: task, keeping: task.content.fields(differingFrom: base.content), &draft)
        }
    }
}
