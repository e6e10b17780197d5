import TaskFilter
import TestSupport
import TestTools
import Testing

@testable import Tasks

struct TaskQueryTests {
    /// 60 tasks of all kinds, with equal values in every field that can be sorted by.
    private func filled() throws -> TestBook {
        var book = try TestBook()
        for index in 0..<60 {
            if !index.isMultiple(of: 4) { book.now = book.now.advanced(byMilliseconds: 1000) }
            var draft = TaskContent(
                title: ["b", "A", "c", "Å"][index % 4],
                status: TaskStatus.allCases[index % 3],
                priority: TaskPriority.allCases[index / 3 % 3],
                dueDate: index.isMultiple(of: 5) ? nil : Timestamp(clamping: Int64(index % 7)),
                tags: index.isMultiple(of: 2) ? ["even"] : ["odd", "x"]
            )
            if index % 7 == 3 { draft.dueDate = .day(UTCDay(number: 0)) }
            try book.perform(.create(draft, id: nil))
        }
        for task in book.book.tasksInOrder.prefix(10) {
            book.now = book.now.advanced(byMilliseconds: 500)
            try book.perform(.complete(task.id))
        }
        return book
    }

    private func walk(_ book: Book, _ query: TaskQuery) throws -> [TaskItem] {
        var query = query
        var all: [TaskItem] = []
        repeat {
            let page = try book.page(query)
            #expect(page.items.count <= query.limit)
            all += page.items
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return all
    }

    /// Orders of one key and of several, also with each key's other direction.
    private static let orders = [
        "created_at", "-created_at", "updated_at", "-updated_at", "due_date", "-due_date", "priority", "-priority",
        "status", "title", "-title", "priority,-due_date,title", "-priority,due_date,-title", "title,created_at",
        "status,-priority", "due_date,-updated_at", "created_at,title",
    ]

    /// Whether two neighbours stand in order, told without the code that orders.
    private func areInOrder(_ left: TaskItem, _ right: TaskItem, _ order: TaskOrder) -> Bool {
        for key in order.keys {
            func numbers<Value: Comparable>(_ value: (TaskItem) -> Value?) -> Int {
                switch (value(left), value(right)) {
                case (nil, nil): 0
                case (nil, _?): 1
                case (_?, nil): -1
                case (let one?, let other?): one == other ? 0 : (one < other) == key.ascending ? -1 : 1
                }
            }
            let relation =
                switch key.field {
                case .createdAt: numbers(\.createdAt)
                case .updatedAt: numbers(\.updatedAt)
                case .priority: numbers(\.content.priority.rank)
                case .status: numbers { TaskStatus.allCases.firstIndex(of: $0.content.status) }
                case .dueDate: numbers { due($0.content.dueDate) }
                // `Å` is an a, and comes after it.
                case .title: numbers { ["A": 0, "Å": 1, "b": 2, "c": 3, "zz": 4][$0.content.title] }
                case .rank: 0
                }
            if relation != 0 { return relation < 0 }
        }
        let ascends = order.keys.last?.ascending ?? true
        return ascends ? left.id < right.id : right.id < left.id
    }

    private func due(_ dueDate: DueDate?) -> Double? {
        switch dueDate {
        case nil: nil
        case .time(let time): Double(time.milliseconds)
        case .day(let day): Double(day.number + 1) * 86_400_000 - 0.5
        }
    }

    @Test(arguments: orders)
    func `pages joined are all tasks once, in order`(text: String) throws {
        let book = try filled().book
        let order = try #require(TaskOrder(parsing: text))
        #expect(order.text == text)
        for limit in [1, 7, 59, 60, 61] {
            var query = TaskQuery()
            query.order = order
            query.limit = limit
            let all = try walk(book, query)
            #expect(Set(all.map(\.id)).count == 60)
            #expect(all.count == 60)
            for (left, right) in zip(all, all.dropFirst()) { #expect(areInOrder(left, right, order), "\(text)") }
        }
    }

    @Test(arguments: ["", "-", "name", "title,", "title,title", "title,-title", " title", "TITLE", "title;status"])
    func `an order with no such key, or one twice, is none`(text: String) {
        #expect(TaskOrder(parsing: text) == nil)
    }

    @Test(arguments: orders)
    func `tasks that come, go and change between two pages move no other`(text: String) throws {
        let order = try #require(TaskOrder(parsing: text))
        for seed in 0..<8 {
            var numbers = SeededRandom(seed: UInt64(seed))
            var book = try filled()
            var query = TaskQuery()
            query.order = order
            query.limit = 1 + numbers.below(20)
            var touched: Set<TaskID> = []
            var seen: [TaskID] = []
            let whole = try walk(book.book, query).map(\.id)
            repeat {
                let page = try book.book.page(query)
                seen += page.items.map(\.id)
                query.cursor = page.nextCursor
                for _ in 0..<numbers.below(4) { touched.insert(try change(&book, &numbers)) }
            } while query.cursor != nil
            let untouched = whole.filter { !touched.contains($0) }
            #expect(seen.filter { untouched.contains($0) } == untouched, "\(text), seed \(seed)")
        }
    }

    /// Makes, deletes or changes some task.
    private func change(_ book: inout TestBook, _ numbers: inout SeededRandom) throws -> TaskID {
        book.now = book.now.advanced(byMilliseconds: Int64(numbers.below(2000)))
        let all = book.book.tasksInOrder
        if all.isEmpty || numbers.oneIn(3) { return try book.create(numbers.oneIn(2) ? "b" : "zz") }
        let id = all[numbers.below(all.count)].id
        switch numbers.below(4) {
        case 0: try book.perform(.delete(id))
        case 1: try book.perform(.complete(id))
        case 2: try book.perform(.reopen(id))
        default:
            var patch = TaskPatch()
            patch.set(.dueDate) { $0.dueDate = .time(.epoch) }
            try book.perform(.patch(id, patch))
        }
        return id
    }

    @Test(arguments: ["\u{301}", "\u{93F}", "\u{200D}", "\u{FE0F}", "\u{1F3FD}", "\u{FF9E}"])
    func `a cursor at a title that begins with a combining mark is taken again`(mark: String) throws {
        var book = try TestBook()
        for title in ["\(mark)a", "\(mark)b", "zz"] { try book.create(title) }
        var query = TaskQuery()
        query.order = TaskOrder(.title)
        query.limit = 1
        var titles: [String] = []
        repeat {
            let page = try book.book.page(query)
            titles += page.items.map(\.content.title)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(titles.count == 3)
    }

    @Test(arguments: [("\u{E9}", "e\u{301}"), ("K", "\u{212A}")])
    func `a tag is found by its bytes, and not in another spelling`(one: String, other: String) throws {
        var book = try TestBook()
        for tags in [[one], [other], [one, other]] {
            try book.perform(.create(TaskContent(title: "T", tags: tags), id: nil))
        }
        for tag in [one, other] {
            var query = TaskQuery()
            query.tag = tag
            let page = try book.book.page(query)
            #expect(page.total == 2)
            #expect(page.items.allSatisfy { $0.content.tags.contains { $0.utf8.elementsEqual(tag.utf8) } })
        }
    }

    @Test func `filters combine, and the total counts what matches on all pages`() throws {
        let book = try filled().book
        var query = TaskQuery()
        query.limit = 3
        query.tag = "odd"
        query.completed = true
        let wanted = book.tasksInOrder.filter { $0.content.tags.contains("odd") && $0.content.completed }
        for order in TaskQueryTests.orders {
            query.order = try #require(TaskOrder(parsing: order))
            query.cursor = nil
            let page = try book.page(query)
            #expect(page.total == wanted.count)
            #expect(Set(try walk(book, query).map(\.id)) == Set(wanted.map(\.id)))
        }
        query = TaskQuery()
        query.status = .inProgress
        query.priority = .high
        #expect(
            try book.page(query).items.allSatisfy { $0.content.status == .inProgress && $0.content.priority == .high }
        )
        #expect(try book.page(TaskQuery()).total == 60)
    }

    @Test func `a cursor of another query, or a damaged one, is refused`() throws {
        let book = try filled().book
        var query = TaskQuery()
        query.order = TaskOrder(.title)
        query.limit = 5
        let cursor = try #require(try book.page(query).nextCursor)
        query.cursor = cursor
        #expect(try book.page(query).items.count == 5)
        var others: [TaskQuery] = []
        var other = query
        other.order = TaskOrder(.priority)
        others.append(other)
        other = query
        other.order = TaskOrder(.title, ascending: false)
        others.append(other)
        other = query
        other.status = .todo
        others.append(other)
        let damaged = [
            "", "x", "====", cursor + "A", String(cursor.dropLast(2)), String(repeating: "A", count: 9000), "é",
        ]
        for text in damaged {
            other = query
            other.cursor = text
            others.append(other)
        }
        for other in others {
            do throws(TaskError) {
                _ = try book.page(other)
                Issue.record("the cursor was taken")
            } catch {
                guard case .invalid(let faults) = error else { throw error }
                #expect(faults.map(\.code) == ["invalid_cursor"])
            }
        }
    }

    @Test(arguments: [0, -1, 201, Int.max])
    func `a limit out of range is refused`(limit: Int) throws {
        let book = try TestBook().book
        var query = TaskQuery()
        query.limit = limit
        #expect(throws: TaskError.self) { try book.page(query) }
    }

    @Test func `what reads long texts is done in more slices than what does not`() throws {
        var book = try TestBook()
        for index in 0..<40 {
            let content = TaskContent(title: "\(index)", description: String(repeating: "long ", count: 1300))
            try book.perform(.create(content, id: nil))
        }
        func slices(_ change: (inout TaskQuery) throws -> Void) throws -> Int {
            var query = TaskQuery()
            try change(&query)
            var listing = try TaskListing(query, of: book.book)
            var count = 1
            while !listing.advance(by: 200) { count += 1 }
            #expect(listing.page.total == 40)
            return count
        }
        #expect(try slices { $0.filters = [try Filter(parsing: "priority = medium")] } == 1)
        #expect(try (15...40).contains(slices { $0.filters = [try Filter(parsing: "description ~ long")] }))
        #expect(try (15...40).contains(slices { $0.search = try SearchQuery(parsing: "lon") }))
    }

    @Test func `the words of filters are those of tasks, in their order`() {
        #expect(FilterField.status.words == TaskStatus.allCases.map(\.rawValue))
        #expect(TaskStatus.allCases.map(\.rank) == [0, 1, 2])
        #expect(FilterField.priority.words == TaskPriority.allCases.map(\.rawValue))
        #expect(TaskPriority.allCases.map(\.rank) == [0, 1, 2])
    }

    @Test func `an empty book has one empty page`() throws {
        let page = try TestBook().book.page(TaskQuery())
        #expect(page.items.isEmpty)
        #expect(page.nextCursor == nil)
        #expect(page.total == 0)
    }
}
