/// What a client wants changed in a task ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)), and what a change did to it.
package struct TaskPatch: Hashable, Sendable {
    /// The new title; nil leaves it.
    package var title: String?
    /// The new description.
    package var description: PatchField<String> = .absent
    /// The new status; nil leaves it.
    package var status: TaskStatus?
    /// Whether the task shall be done; nil leaves it.
    ///
    /// False turns `done` into `todo` and leaves the others. Never set in a ``TaskChange``.
    package var completed: Bool?
    /// The new priority; nil leaves it.
    package var priority: TaskPriority?
    /// The new due date.
    package var dueDate: PatchField<Timestamp> = .absent
    /// The new tags, all of them; nil leaves them.
    package var tags: [String]?

    /// Makes a patch that changes nothing.
    package init() {}

    /// Reads a patch from the fields of a request; `null` takes status, priority and tags back to what a new task has.
    /// - Throws: ``TaskError/invalid(_:)`` with everything that is wrong.
    package init(fields: [(name: String, value: FieldValue)]) throws(TaskError) {
        var reader = FieldReader(fields)
        let patch = reader.patch()
        self = try reader.checked(patch.checked)
    }

    /// The patch with its text as it would be stored.
    /// - Throws: ``TaskError/invalid(_:)`` with every fault.
    package func checked() throws(TaskError) -> TaskPatch {
        var faults: [FieldFault] = []
        var patch = self
        patch.title = title.map { TaskRules.title($0, &faults) }
        TaskRules.description(description.value, &faults)
        patch.tags = tags.map { TaskRules.tags($0, &faults) }
        faults += contradictions
        guard faults.isEmpty else { throw .invalid(faults) }
        return patch
    }

    /// A fault when `status` and `completed` are both given and do not agree.
    var contradictions: [FieldFault] {
        guard let status, let completed, completed != (status == .done) else { return [] }
        return [FieldFault("completed", .contradiction, "Let completed and status agree, or leave one out.")]
    }

    /// The fields that are set, under their names on the wire, sorted by name; without `completed`.
    package var fields: [(name: String, value: FieldValue)] {
        var fields: [(name: String, value: FieldValue)] = []
        switch description {
        case .absent: break
        case .null: fields.append(("description", .null))
        case .value(let text): fields.append(("description", .string(text)))
        }
        switch dueDate {
        case .absent: break
        case .null: fields.append(("due_date", .null))
        case .value(let time): fields.append(("due_date", .string(time.text)))
        }
        if let priority { fields.append(("priority", .string(priority.rawValue))) }
        if let status { fields.append(("status", .string(status.rawValue))) }
        if let tags { fields.append(("tags", .list(tags.map { .string($0) }))) }
        if let title { fields.append(("title", .string(title))) }
        return fields
    }

    /// Changes the fields of the task that the patch names.
    package func apply(to task: inout TaskItem) {
        if let title { task.title = title }
        task.description = description.merged(into: task.description)
        if let status {
            task.status = status
        } else if let completed, completed != task.completed {
            task.status = completed ? .done : .todo
        }
        if let priority { task.priority = priority }
        task.dueDate = dueDate.merged(into: task.dueDate)
        if let tags { task.tags = tags }
    }
}
