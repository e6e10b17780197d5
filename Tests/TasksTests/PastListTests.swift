import TaskFilter
import TestSupport
import Testing

@testable import Tasks

/// Pages of a book as it was: what they say, and where they go on.
struct PastListTests {
    private func book() throws -> Book {
        var book = try TestBook()
        for number in 0..<9 {
            book.now = book.now.advanced(byMilliseconds: 1)
            try book.create("\(number)")
        }
        return book.book
    }

    private func isTaken(_ query: TaskQuery, _ book: Book) throws -> Bool {
        do throws(TaskError) {
            _ = try book.page(query)
            return true
        } catch {
            #expect(error == .invalid([.invalidCursor]))
            return false
        }
    }

    @Test func `a cursor goes on as of the change of its page, by that number or by the same instant`() throws {
        let book = try book()
        let (instant, later) = (Moment.time(book.time), Moment.time(book.time.advanced(byMilliseconds: 1)))
        for moment in [Moment.sequence(9), instant] {
            var query = TaskQuery()
            query.limit = 4
            query.moment = moment
            let page = try book.page(query)
            #expect(page.asOf == 9)
            query.cursor = page.nextCursor
            #expect(try book.page(query).items.map(\.content.title) == ["4", "5", "6", "7"])
            for (other, expected) in [
                (moment, true), (.sequence(9), true), (.sequence(8), false), (later, false), (nil, false),
                (instant, moment == instant),
            ] as [(Moment?, Bool)] {
                query.moment = other
                #expect(try isTaken(query, book) == expected, "\(moment) to \(String(describing: other))")
            }
        }
        var today = TaskQuery()
        today.limit = 4
        let page = try book.page(today)
        #expect(page.asOf == nil)
        today.cursor = page.nextCursor
        #expect(try isTaken(today, book))
        today.moment = .sequence(9)
        #expect(try !isTaken(today, book))
    }

    @Test func `a page has a tag for each change, and lasts unless dates count from now`() throws {
        let book = try book()
        var earlier = book
        let change = TaskChange(
            sequence: 9,
            commit: 9,
            previous: 0,
            time: book.time,
            kind: .created,
            taskID: try #require(book.tasksInOrder.last).id,
            version: 1,
            before: TaskPatch(),
            after: TaskPatch(),
            actor: book.owner,
            channel: .rest
        )
        try earlier.takeBack([change])
        #expect(earlier.count == 8 && earlier.head == 8)
        var query = TaskQuery()
        query.moment = .time(book.time)
        #expect(try TaskListing(query, of: book).tag != TaskListing(query, of: earlier).tag)
        query.moment = .sequence(8)
        let asked = try TaskListing(query, of: earlier)
        query.moment = .time(book.time)
        #expect(try asked.tag == TaskListing(query, of: earlier).tag)
        #expect(asked.isTimeless)
        query.filters = [try .init(parsing: "due < today")]
        #expect(try !TaskListing(query, of: earlier).isTimeless)
        query.filters = [try .init(parsing: "due < 2026-01-01")]
        #expect(try TaskListing(query, of: earlier).isTimeless)
    }
}
