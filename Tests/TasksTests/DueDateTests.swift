import DaprCalendar
import Foundation
import TestSupport
import Testing

@testable import Tasks

/// When tasks are due: at times, and on days that stay days.
struct DueDateTests {
    private func zone(_ name: String) throws -> TaskZone {
        let rules = TimeZoneRules.named(name[...]) { path in
            (try? Data(contentsOf: URL(fileURLWithPath: path))).map(Array.init)
        }
        return TaskZone(name: name, rules: try #require(rules))
    }

    @Test(arguments: [
        ("2026-12-01", "2026-12-01"), ("2024-02-29", "2024-02-29"), ("0000-01-01", "0000-01-01"),
        ("9999-12-31", "9999-12-31"), ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01t23:59:59.9999+01:00", "2026-12-01T22:59:59.999Z"),
        ("2026-12-01T03:04:05.6-11:30", "2026-12-01T14:34:05.600Z"),
    ])
    func `a day stays a day, and a time is answered in UTC`(given: String, text: String) throws {
        let dueDate = try DueDate(given: given)
        #expect(dueDate.text == text)
        #expect(DueDate(parsing: text) == dueDate)
    }

    @Test(arguments: [
        ("2026-02-30", "There is no day 30 in 2026-02, which has 28 days."),
        ("2026-02-29T00:00:00Z", "There is no day 29 in 2026-02, which has 28 days."),
        ("2026-04-00", "There is no day 0 in 2026-04, which has 30 days."),
        ("2026-13-01", "There is no month 13; give 01 to 12."),
        ("2026-12-01T24:00:00Z", "There is no hour 24; the end of a day is 00:00 of the next, or the day alone."),
        ("2026-12-01T25:00:00Z", "There is no time 25:00:00; give 00:00:00 to 23:59:59."),
        ("2026-12-01T12:60:00Z", "There is no time 12:60:00; give 00:00:00 to 23:59:59."),
        ("2026-12-31T23:59:60Z", "Leap seconds are not taken; give the second before or after."),
        ("2026-12-01T12:00:00", DueDateFault.form.message), ("2026-12-01T12:00Z", DueDateFault.form.message),
        ("2026-12-01 ", DueDateFault.form.message), ("2026-12-1", DueDateFault.form.message),
        ("2026-12-01T12:00:00+24:00", DueDateFault.form.message), ("tomorrow", DueDateFault.form.message),
        ("", DueDateFault.form.message), ("２026-12-01", DueDateFault.form.message),
    ])
    func `what no calendar or clock has is refused by name`(given: String, message: String) {
        #expect(throws: DueDateFault(message: message)) { try DueDate(given: given) }
    }

    @Test func `a list is ordered in its zone, and its cursor belongs to it`() throws {
        var book = try TestBook()
        // A day of 23 hours in Berlin, where the clocks go forward.
        for text in ["2026-03-29T23:00:00Z", "2026-03-29", "2026-03-29T12:00:00Z"] {
            var content = TaskContent(title: text)
            content.dueDate = try DueDate(given: text)
            try book.perform(.create(content, id: nil))
        }
        var query = TaskQuery()
        query.order = TaskOrder(.dueDate)
        query.limit = 2
        #expect(
            try book.book.page(query).items.map(\.content.title) == ["2026-03-29T12:00:00Z", "2026-03-29T23:00:00Z"]
        )
        query.zone = try zone("Europe/Berlin")
        let page = try book.book.page(query)
        #expect(page.items.map(\.content.title) == ["2026-03-29T12:00:00Z", "2026-03-29"])
        query.cursor = page.nextCursor
        #expect(try book.book.page(query).items.map(\.content.title) == ["2026-03-29T23:00:00Z"])
        query.zone = .utc
        #expect(throws: TaskError.self) { try book.book.page(query) }
    }
}
