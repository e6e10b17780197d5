import DaprText

/// The filters, order and size of a page of tasks.
package struct TaskQuery: Hashable, Sendable {
    /// The sort order; tasks that are equal in it are ordered by identifier.
    package enum Sort: String, CaseIterable, Sendable {
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        /// Tasks without a due date come last, in both directions.
        case dueDate = "due_date"
        /// Low, medium, high.
        case priority
        /// Without regard to case.
        case title
    }

    /// The allowed page sizes, in tasks.
    package static let limits = 1...200

    /// Only tasks with this status.
    package var status: TaskStatus?
    /// Only tasks with this priority.
    package var priority: TaskPriority?
    /// Only tasks with this tag.
    package var tag: String?
    /// Only completed tasks, or only those that are not.
    package var completed: Bool?
    package var sort = Sort.createdAt
    package var ascending = true
    /// The most tasks on the page, 1 to 200; long tasks make the page shorter.
    package var limit = 50
    /// The `nextCursor` of the previous page.
    package var cursor: String?

    /// Creates a query for the first 50 tasks in creation order.
    package init() {}

    fileprivate var isUnfiltered: Bool { status == nil && priority == nil && tag == nil && completed == nil }

    fileprivate func matches(_ task: TaskItem) -> Bool {
        if let status, task.content.status != status { return false }
        if let priority, task.content.priority != priority { return false }
        if let completed, task.content.completed != completed { return false }
        if let tag, !task.content.tags.contains(bytesOf: tag) { return false }
        return true
    }

    /// The task's position in this query's order.
    fileprivate func position(of task: TaskItem) -> TaskPosition {
        let value: TaskPosition.Value =
            switch sort {
            case .createdAt: .number(task.createdAt.milliseconds)
            case .updatedAt: .number(task.updatedAt.milliseconds)
            case .dueDate: .number(task.content.dueDate?.order ?? (ascending ? .max : .min))
            case .priority: .number(Int64(task.content.priority.rank))
            case .title: .text(task.content.title.lowercased())
            }
        return TaskPosition(value: value, id: task.id)
    }

    fileprivate func isBefore(_ left: TaskPosition, _ right: TaskPosition) -> Bool {
        ascending ? left < right : right < left
    }
}

/// One page of tasks.
package struct TaskPage: Sendable {
    /// The tasks, in the requested order.
    package let items: [TaskItem]
    /// The cursor of the next page; `nil` on the last page.
    package let nextCursor: String?
    /// The number of tasks that match the query, on all pages.
    package let total: Int

    package init(items: [TaskItem], nextCursor: String?, total: Int) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
    }
}

extension Book {
    /// The page of tasks that a query asks for.
    ///
    /// A cursor names the position of the last task on the previous page, so tasks that come or go in between shift
    /// nothing else.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range, or a cursor that is not of this query.
    package func page(_ query: TaskQuery) throws(TaskError) -> TaskPage {
        guard TaskQuery.limits.contains(query.limit) else {
            throw .invalid([FieldFault("limit", .outOfRange, "Give a number from 1 to \(TaskQuery.limits.upperBound).")]
            )
        }
        let start = try query.cursor.map { cursor throws(TaskError) in try TaskCursor.position(in: cursor, of: query) }
        var found: [(position: TaskPosition, task: TaskItem)]
        var total = 0
        if query.sort == .createdAt {
            (found, total) = inCreationOrder(query, after: start)
        } else {
            found = []
            for key in order {
                guard let task = task(key.id), query.matches(task) else { continue }
                total += 1
                let position = query.position(of: task)
                if let start, !query.isBefore(start, position) { continue }
                found.append((position, task))
            }
            found.sort { query.isBefore($0.position, $1.position) }
        }
        var bytes = 0
        // As many as fit into a page, and at least one.
        let items = found.prefix(query.limit).prefix { entry in
            defer { bytes += entry.task.approximateBytes }
            return bytes == 0 || bytes + entry.task.approximateBytes <= PageBytes.limit
        }
        let next = found.count > items.count ? items.last.map { TaskCursor.text($0.position, of: query) } : nil
        return TaskPage(items: items.map(\.task), nextCursor: next, total: total)
    }

    /// Finds up to one task more than the limit, without sorting, because the book is already in creation order.
    ///
    /// Without filters it looks only at the tasks of the page.
    private func inCreationOrder(
        _ query: TaskQuery,
        after start: TaskPosition?
    ) -> (found: [(position: TaskPosition, task: TaskItem)], total: Int) {
        var found: [(position: TaskPosition, task: TaskItem)] = []
        var total = 0
        func look(_ key: CreationKey) -> Bool {
            guard let task = task(key.id), query.matches(task) else { return true }
            total += 1
            if found.count <= query.limit {
                let position = query.position(of: task)
                if start.map({ query.isBefore($0, position) }) ?? true { found.append((position, task)) }
            }
            return !query.isUnfiltered || found.count <= query.limit
        }
        var keys = order[...]
        if query.isUnfiltered, let start, case .number(let milliseconds) = start.value {
            let index = order.firstIndex(notBefore: CreationKey(time: Timestamp(clamping: milliseconds), id: start.id))
            keys = query.ascending ? order[index...] : order[..<min(index + 1, order.count)]
        }
        if query.ascending {
            for key in keys where !look(key) { break }
        } else {
            for key in keys.reversed() where !look(key) { break }
        }
        return (found, query.isUnfiltered ? count : total)
    }
}
