extension Decider {
    /// Takes back what a command did to a task.
    mutating func take(back undo: TaskUndo, _ index: Int, _ draft: inout BookDraft) throws(TaskError) {
        guard draft.isComplete(undo.id, through: undo.end) else {
            throw .journalNeeded([JournalNeed(operation: index, changes: 0)])
        }
        let later = undo.later + draft.changes.filter { $0.taskID == undo.id }
        guard let last = undo.changes.last else { return }
        let after = last.change.kind == .deleted ? nil : last.task
        let before = try undo.origin(of: after, owner: draft.owner)
        let task = draft.task(undo.id)
        let conflicts = Conflicts(of: undo, later)
        switch (before, task) {
        case (nil, nil): return
        case (nil, let task?):
            // A task that the command had created and deleted is there again.
            guard after != nil else { return try set(task.content, of: task, &draft) }
            let touched = TaskField.allCases.filter { conflicts.last(touching: $0) != nil }
            try conflicts.refuse(touched.map { ($0, task.content.value(of: $0), .null) })
            delete(task, &draft)
        case (let before?, nil):
            // It was deleted by a later command, which can be undone by itself.
            if let change = conflicts.last({ $0.kind == .deleted }), after != nil || !undo.isForced {
                throw .undoConflict([
                    UndoConflict(taskID: undo.id, field: nil, theirs: .null, ours: .id(undo.id), change: change)
                ])
            }
            guard let end = (undo.changes.map(\.change) + later).last(where: { $0.kind == .deleted }) else { return }
            try create(
                undo.id,
                before.content,
                version: end.version + 1,
                createdAt: before.createdAt,
                endedBy: end,
                &draft
            )
        case (let before?, let task?):
            // Of a deleted task that is there again every field is as the later command made it.
            let changed = after.map { before.content.fields(differingFrom: $0.content) }
            let fields = TaskField.allCases.filter {
                (changed?.contains($0) ?? true) && !before.content.isSame($0, in: task.content)
            }
            try conflicts.refuse(
                fields.map { ($0, task.content.value(of: $0), before.content.value(of: $0)) }
            )
            var content = task.content
            for field in fields { content.copy(field, from: before.content) }
            try set(content, of: task, &draft)
        }
    }

    /// What happened to a task after the command that is undone.
    private struct Conflicts {
        let undo: TaskUndo
        let later: [TaskChange]

        init(of undo: TaskUndo, _ later: [TaskChange]) {
            self.undo = undo
            self.later = later
        }

        /// The last change of this kind that was not taken back since.
        func last(_ isOne: (TaskChange) -> Bool) -> TaskChange? {
            later.last { !undo.settled.contains($0.sequence) && isOne($0) }
        }

        /// The last change that set a field.
        func last(touching field: TaskField) -> TaskChange? { last { $0.changesFields && $0.touches(field) } }

        /// Refuses to set fields that were changed since, unless the undo is forced.
        func refuse(_ fields: [(field: TaskField, theirs: TaskValue, ours: TaskValue)]) throws(TaskError) {
            if undo.isForced { return }
            let conflicts = fields.compactMap { field, theirs, ours in
                last(touching: field).map {
                    UndoConflict(taskID: undo.id, field: field, theirs: theirs, ours: ours, change: $0)
                }
            }
            guard conflicts.isEmpty else { throw .undoConflict(conflicts) }
        }
    }
}

extension TaskUndo {
    /// The task before the command; `nil` when there was none.
    ///
    /// - Parameters:
    ///   - task: The task after the command.
    ///   - owner: The owner of the book.
    /// - Returns: The task.
    /// - Throws: ``TaskError/undoGone`` when the journal does not tell.
    fileprivate func origin(of task: TaskItem?, owner: OwnerID) throws(TaskError) -> TaskItem? {
        var task = task
        for recorded in changes.reversed() {
            guard recorded.change.tellsOrigin else { throw .undoGone }
            task = recorded.change.origin(of: task, owner: owner)
        }
        return task
    }
}
