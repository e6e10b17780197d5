import DaprText
import TaskFilter

/// A walk over a book that finds a page of tasks, bit by bit, so that others can run in between.
///
/// It never sorts the book: it keeps the best matches so far, one more than a page has, and most tasks are let go of
/// after one comparison with the worst of these.
package struct TaskListing: Sendable {
    private let query: TaskQuery
    private let book: Book
    /// Where the page begins; `nil` for the first page.
    private let start: TaskPosition?
    private let context: FilterContext
    private let conditions: TaskConditions
    /// `nil` when the tasks are today's.
    private let past: TaskCursor.Past?
    /// The matches of the page: those in creation order as they come, otherwise a heap whose first is the worst.
    private var found: [TaskMatch] = []
    private var total = 0
    private var counts: [TaskStatus: Int]
    private var walk: Walk

    /// Where the walk is.
    private enum Walk: Sendable {
        /// In creation order.
        case ordered(next: Int, end: Int, step: Int)
        /// In any order.
        case anyhow(Dictionary<TaskID, Book.Entry>.Index)
        case over
    }

    /// Begins to look for a page.
    ///
    /// - Parameters:
    ///   - query: What is asked for.
    ///   - book: The book, as of the query's moment if it has one.
    /// - Throws: ``TaskError/invalid(_:)`` for a limit out of range, or a cursor that is not of this query.
    package init(_ query: TaskQuery, of book: Book) throws(TaskError) {
        guard TaskQuery.limits.contains(query.limit) else {
            throw .invalid([
                FieldFault("limit", .outOfRange, "Give a number from 1 to \(TaskQuery.limits.upperBound).")
            ])
        }
        let cursor = try query.cursor.map { text throws(TaskError) in
            try TaskCursor(parsing: text, of: query)
        }
        var query = query
        if let cursor { query.now = cursor.now }
        past = cursor?.past ?? query.moment.map { TaskCursor.Past(sequence: book.head, moment: $0) }
        self.query = query
        self.book = book
        start = cursor?.position
        context = FilterContext(now: query.now.milliseconds, zone: query.zone.rules)
        conditions = TaskConditions(query, in: context)
        counts = query.countsByStatus ? Dictionary(uniqueKeysWithValues: TaskStatus.allCases.map { ($0, 0) }) : [:]
        guard query.order.isOfCreation else {
            walk = .anyhow(book.entries.startIndex)
            return
        }
        let ascends = query.order.keys[0].ascending
        var keys = book.order.indices
        if query.isUnfiltered, !query.countsByStatus, let start, case .number(let milliseconds) = start.values[0] {
            // Nothing before it must be looked at, since the book knows how many tasks there are.
            let key = CreationKey(time: Timestamp(clamping: milliseconds), id: start.id)
            let index = book.order.firstIndex(notBefore: key)
            keys = ascends ? index..<keys.upperBound : 0..<min(index + 1, keys.upperBound)
        }
        walk =
            ascends
            ? .ordered(next: keys.lowerBound, end: keys.upperBound, step: 1)
            : .ordered(next: keys.upperBound - 1, end: keys.lowerBound - 1, step: -1)
    }

    /// What there is after the first moment.
    enum Begun: Sendable {
        case page(TaskPage)
        /// More must be looked at.
        case listing(TaskListing)
    }

    /// The page, if it takes no more than a moment; most do.
    ///
    /// Then nobody holds the book any longer: while a listing holds it, whoever changes it has to copy it.
    var begun: Begun {
        var listing = self
        return listing.advance(by: 300) ? .page(listing.page) : .listing(listing)
    }

    /// Looks at some more tasks.
    ///
    /// - Parameter work: About how much to do: a task is 1, and each search in its texts 1 for each 64 bytes of them.
    /// - Returns: Whether all were looked at.
    package mutating func advance(by work: Int) -> Bool {
        var rest = work
        while rest > 0 {
            switch walk {
            case .over: return true
            case .ordered(let next, let end, let step):
                if next == end || isFull {
                    walk = .over
                } else {
                    walk = .ordered(next: next + step, end: end, step: step)
                    if let task = book.task(book.order[next].id) { rest -= look(at: task) }
                }
            case .anyhow(let index):
                if index == book.entries.endIndex {
                    walk = .over
                } else {
                    walk = .anyhow(book.entries.index(after: index))
                    rest -= look(at: book.entries[index].value.task)
                }
            }
        }
        return false
    }

    /// Whether the page is whole, and nothing is to be counted.
    private var isFull: Bool { query.isUnfiltered && !query.countsByStatus && found.count > query.limit }

    /// Looks at one task, and returns how much work that was.
    private mutating func look(at task: TaskItem) -> Int {
        let work = 1 + (conditions.searches == 0 ? 0 : conditions.searches * task.approximateBytes / 64)
        guard let rank = conditions.rank(of: task) else { return work }
        total += 1
        if query.countsByStatus { counts[task.content.status, default: 0] += 1 }
        let match = TaskMatch(task: task, rank: rank)
        if query.order.isOfCreation {
            if found.count <= query.limit, isAfterStart(match) { found.append(match) }
        } else if found.count <= query.limit {
            if isAfterStart(match) { push(match) }
        } else if isBefore(match, found[0]), isAfterStart(match) {
            replaceWorst(by: match)
        }
        return work
    }

    private func isAfterStart(_ match: TaskMatch) -> Bool {
        guard let start else { return true }
        return query.order.relation(of: match, to: start, in: context) == .after
    }

    private func isBefore(_ left: TaskMatch, _ right: TaskMatch) -> Bool {
        query.order.isBefore(left, right, in: context)
    }

    private mutating func push(_ match: TaskMatch) {
        found.append(match)
        var place = found.count - 1
        while place > 0, isBefore(found[(place - 1) / 2], found[place]) {
            found.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func replaceWorst(by match: TaskMatch) {
        found[0] = match
        var place = 0
        while true {
            var worst = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < found.count && isBefore(found[worst], found[child]) {
                worst = child
            }
            if worst == place { return }
            found.swapAt(place, worst)
            place = worst
        }
    }

    /// What tells this question from others that are asked of the same commit, and an answer to it from one at another
    /// time: the parameters, and the instants between which relative dates mean the same.
    package var tag: String {
        let boundaries = query.filters.map { $0.boundary(in: context).map { "\($0)" } ?? "" }
        let parts =
            [query.canonical, "\(query.limit)", query.cursor ?? "", "\(query.countsByStatus)"] + boundaries
            + (past.map { ["\($0.sequence)"] } ?? [])
        var hash = FNV1a<UInt128>()
        hash.add(parts.joined(separator: "\0"))
        return String(hash.value, radix: 36)
    }

    /// Whether the same question has the same answer at any time, if the book stays.
    var isTimeless: Bool { query.filters.allSatisfy { $0.boundary(in: context) == nil } }

    /// The page, once all tasks were looked at.
    package var page: TaskPage {
        let matches = query.order.isOfCreation ? found : found.sorted(by: isBefore)
        var bytes = 0
        // As many as fit into a page, and at least one.
        let items = matches.prefix(query.limit).prefix { match in
            defer { bytes += match.task.approximateBytes }
            return bytes == 0 || bytes + match.task.approximateBytes <= PageBytes.limit
        }
        let cursor = matches.count > items.count ? items.last.map { position($0) } : nil
        return TaskPage(
            items: items.map(\.task),
            nextCursor: cursor?.text(of: query),
            total: query.isUnfiltered ? book.count : total,
            counts: query.countsByStatus ? counts : nil,
            asOf: past?.sequence
        )
    }

    private func position(_ match: TaskMatch) -> TaskCursor {
        TaskCursor(position: query.order.position(of: match, in: context), now: query.now, past: past)
    }
}
