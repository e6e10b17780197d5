package import Tasks

extension TaskContent {
    /// The content of a task, what is left out as a new task has it.
    package init(
        title: String,
        description: String? = nil,
        status: TaskStatus = .todo,
        priority: TaskPriority = .medium,
        dueDate: Timestamp? = nil,
        tags: [String] = []
    ) {
        self.init(title: title)
        self.description = description
        self.status = status
        self.priority = priority
        self.dueDate = dueDate.map { .time($0) }
        self.tags = tags
    }
}
