import DaprText
package import TaskFilter

/// The filters, order and size of a page of tasks.
package struct TaskQuery: Hashable, Sendable {
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
    /// Only tasks that all of these match.
    package var filters: [Filter] = []
    /// Only tasks with these words.
    package var search: SearchQuery?
    package var order = TaskOrder.creation
    /// Where days begin and end.
    package var zone = TaskZone.utc
    /// The instant of the request, from which relative dates count; on later pages that of the first page counts.
    package var now = Timestamp.epoch
    /// The most tasks on the page, 1 to 200; long tasks make the page shorter.
    package var limit = 50
    /// The `nextCursor` of the previous page.
    package var cursor: String?
    /// Whether the tasks are counted by status.
    package var countsByStatus = false
    /// The moment as of which the tasks are listed; `nil` for those of now.
    package var moment: Moment?

    /// Creates a query for the first 50 tasks in creation order.
    package init() {}

    /// Whether all tasks match, and none needs to be looked at for that.
    var isUnfiltered: Bool {
        status == nil && priority == nil && tag == nil && completed == nil && filters.isEmpty && search == nil
    }

    /// The form of everything but limit, cursor and moment, which is equal for equal questions.
    package var canonical: String {
        let parts = [
            order.text, status?.rawValue ?? "", priority?.rawValue ?? "", completed.map { "\($0)" } ?? "", tag ?? "",
            search?.text ?? "", zone.name,
        ]
        return (parts + filters.map(\.text).sorted().map(\.text)).joined(separator: "\0")
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
    /// How many of these there are of each status; `nil` when nobody asked.
    package let counts: [TaskStatus: Int]?
    /// The sequence of the change after which the tasks were so; `nil` when nobody asked for a moment.
    package let asOf: Int?

    package init(
        items: [TaskItem],
        nextCursor: String?,
        total: Int,
        counts: [TaskStatus: Int]? = nil,
        asOf: Int? = nil
    ) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
        self.counts = counts
        self.asOf = asOf
    }
}
