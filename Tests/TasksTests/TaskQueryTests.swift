import TestSupport
import Testing

@testable import Tasks

struct TaskQueryTests {
    /// 60 tasks of all kinds, with equal values in every field that can be sorted by.
    private func filled() throws -> TestBook {
        var book = try TestBook()
        for index in 0..<60 {
            if !index.isMultiple(of: 4) { book.now = book.now.advanced(byMilliseconds: 1000) }
            let draft = TaskContent(
                title: ["b", "A", "c", "Å"][index % 4],
                status: TaskStatus.allCases[index % 3],
                priority: TaskPriority.allCases[index / 3 % 3],
                dueDate: index.isMultiple(of: 5) ? nil : Timestamp(clamping: Int64(index % 7)),
                tags: index.isMultiple(of: 2) ? ["even"] : ["odd", "x"]
            )
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

    @Test(arguments: TaskQuery.Sort.allCases, [true, false])
    func `pages joined are all tasks once, in order`(sort: TaskQuery.Sort, ascending: Bool) throws {
        let book = try filled().book
        for limit in [1, 7, 59, 60, 61] {
            var query = TaskQuery()
            query.sort = sort
            query.ascending = ascending
            query.limit = limit
            let all = try walk(book, query)
            #expect(Set(all.map(\.id)).count == 60)
            #expect(all.count == 60)
            for (left, right) in zip(all, all.dropFirst()) {
                let isInOrder =
                    switch sort {
                    case .createdAt: ascending ? left.createdAt <= right.createdAt : left.createdAt >= right.createdAt
                    case .updatedAt: ascending ? left.updatedAt <= right.updatedAt : left.updatedAt >= right.updatedAt
                    case .priority:
                        ascending
                            ? left.content.priority.rank <= right.content.priority.rank
                            : left.content.priority.rank >= right.content.priority.rank
                    case .title:
                        ascending
                            ? left.content.title.lowercased() <= right.content.title.lowercased()
                            : left.content.title.lowercased() >= right.content.title.lowercased()
                    case .dueDate:
                        switch (left.content.dueDate, right.content.dueDate) {
                        case (nil, nil), (_?, nil): true
                        case (nil, _?): false
                        case (let first?, let second?):
                            ascending ? first.order <= second.order : first.order >= second.order
                        }
                    }
                #expect(isInOrder)
            }
        }
    }

    @Test(arguments: TaskQuery.Sort.allCases, [true, false])
    func `tasks that come and go between two pages move no other`(sort: TaskQuery.Sort, ascending: Bool) throws {
        var book = try filled()
        var query = TaskQuery()
        query.sort = sort
        query.ascending = ascending
        query.limit = 20
        let whole = try walk(book.book, query).map(\.id)
        let first = try book.book.page(query)
        let gone = Set([whole[3], whole[19], whole[30]])
        for id in gone { try book.perform(.delete(id)) }
        let added = Set(try ["b", "zz"].map { try book.create($0) })
        query.cursor = first.nextCursor
        let rest = try walk(book.book, query).map(\.id)
        #expect(rest.filter { !added.contains($0) } == whole.dropFirst(20).filter { !gone.contains($0) })
    }

    @Test(arguments: ["\u{301}", "\u{93F}", "\u{200D}", "\u{FE0F}", "\u{1F3FD}", "\u{FF9E}"])
    func `a cursor at a title that begins with a combining mark is taken again`(mark: String) throws {
        var book = try TestBook()
        for title in ["\(mark)a", "\(mark)b", "zz"] { try book.create(title) }
        var query = TaskQuery()
        query.sort = .title
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
        for sort in TaskQuery.Sort.allCases {
            query.sort = sort
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
        query.sort = .title
        query.limit = 5
        let cursor = try #require(try book.page(query).nextCursor)
        query.cursor = cursor
        #expect(try book.page(query).items.count == 5)
        var others: [TaskQuery] = []
        var other = query
        other.sort = .priority
        others.append(other)
        other = query
        other.ascending = false
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

    @Test func `an empty book has one empty page`() throws {
        let page = try TestBook().book.page(TaskQuery())
        #expect(page.items.isEmpty)
        #expect(page.nextCursor == nil)
        #expect(page.total == 0)
    }
}
