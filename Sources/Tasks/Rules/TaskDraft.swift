/// Everything a client says of a new task, or of a task to replace.
package struct TaskDraft: Hashable, Sendable {
    /// The title; white space at its ends does not count.
    package var title: String
    /// More about it.
    package var description: String?
    /// How far it is.
    package var status: TaskStatus
    /// How much it matters.
    package var priority: TaskPriority
    /// When it must be done.
    package var dueDate: Timestamp?
    /// Its tags; white space at their ends does not count.
    package var tags: [String]

    /// Makes a draft with what a new task has by default.
    package init(
        title: String,
        description: String? = nil,
        status: TaskStatus = .todo,
        priority: TaskPriority = .medium,
        dueDate: Timestamp? = nil,
        tags: [String] = []
    ) {
        self.title = title
        self.description = description
        self.status = status
        self.priority = priority
        self.dueDate = dueDate
        self.tags = tags
    }

    /// Reads a draft from the fields of a request: `title` is needed, `null` is as absent, `completed` true is `status` done.
    /// - Throws: ``TaskError/invalid(_:)`` with everything that is wrong.
    package init(fields: [(name: String, value: FieldValue)]) throws(TaskError) {
        var reader = FieldReader(fields)
        let patch = reader.patch()
        self.init(
            title: patch.title ?? "",
            description: patch.description.value,
            status: patch.status ?? (patch.completed == true ? .done : .todo),
            priority: patch.priority ?? .medium,
            dueDate: patch.dueDate.value,
            tags: patch.tags ?? []
        )
        self = try reader.checked(checked)
    }

    /// The draft as it would be stored.
    /// - Throws: ``TaskError/invalid(_:)`` with every fault.
    package func checked() throws(TaskError) -> TaskDraft {
        var faults: [FieldFault] = []
        var draft = self
        draft.title = TaskRules.title(title, &faults)
        TaskRules.description(description, &faults)
        draft.tags = TaskRules.tags(tags, &faults)
        guard faults.isEmpty else { throw .invalid(faults) }
        return draft
    }
}

extension TaskDraft {
    /// How many bytes the texts of the task will take where it is stored.
    var textBytes: Int { StoredText.bytes(title: title, description: description, tags: tags) }
}
