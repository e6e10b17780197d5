import DaprText
package import TaskFilter

/// What a query asks of each task, with its dates resolved.
struct TaskConditions: Sendable {
    private let query: TaskQuery
    private let filters: [ResolvedFilter]
    /// How often the texts of a task are read through at most.
    let searches: Int

    init(_ query: TaskQuery, in context: FilterContext) {
        self.query = query
        filters = query.filters.map { $0.resolved(in: context) }
        searches = filters.reduce(query.search?.count ?? 0) { $0 + $1.searches }
    }

    /// How well a task has what is asked for; `nil` when it does not match.
    func rank(of task: TaskItem) -> Int? {
        if let status = query.status, task.content.status != status { return nil }
        if let priority = query.priority, task.content.priority != priority { return nil }
        if let completed = query.completed, task.content.completed != completed { return nil }
        if let tag = query.tag, !task.content.tags.contains(bytesOf: tag) { return nil }
        for filter in filters where !filter.matches(task) { return nil }
        // The search comes last, since it reads whole texts.
        guard let search = query.search else { return 0 }
        return search.rank(of: task)
    }
}

extension TaskItem: FilterSubject {
    package var statusIndex: Int { content.status.rank }
    package var priorityIndex: Int { content.priority.rank }
    package var titleText: String { content.title }
    package var descriptionText: String? { content.description }
    package var tagTexts: [String] { content.tags }
    package var due: FilterDue {
        switch content.dueDate {
        case nil: .none
        case .time(let time): .time(time.milliseconds)
        case .day(let day): .day(day.number)
        }
    }
    package var createdMilliseconds: Int64 { createdAt.milliseconds }
    package var updatedMilliseconds: Int64 { updatedAt.milliseconds }
}
