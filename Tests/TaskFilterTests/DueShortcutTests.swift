import Testing

@testable import TaskFilter

struct DueShortcutTests {
    @Test(arguments: [
        ("before:2026-12-01", "due < 2026-12-01"), ("after:2026-12-01T10:00:00Z", "due > 2026-12-01T10:00:00.000Z"),
        ("on:2026-12-01", "due = 2026-12-01"), ("On:Tomorrow", "due = today+1d"), ("before:today+7d", "due < today+7d"),
        ("none", "due = null"), ("overdue", "due < now and completed = false"), ("today", "due = today"),
        ("week", "due >= today and due < today+7d"),
    ])
    func `a short form is a filter`(text: String, filter: String) throws {
        #expect(Filter(try DueShortcut.expression(parsing: text)) == (try Filter(parsing: filter)))
    }

    @Test(arguments: [
        ("", 0, "due takes before:DATE, after:DATE, on:DATE, none, overdue, today or week, not the end."),
        ("weak", 0, "; did you mean week?"), ("2026-12-01", 0, "due takes before:DATE"),
        ("before", 6, "a colon and a date is expected"),
        ("before 2026-12-01", 7, "a colon and a date"), ("before:", 7, "expected here, not the end."),
        ("on:2026-02-30", 3, "no day"),
        ("on:null", 3, "not \"null\"."), ("none:x", 4, "the end is expected here"),
        ("today+7d", 5, "the end is expected here"),
        ("on:today 7d", 9, "%2B"), ("before:2026-12-01 and completed", 18, "the end is expected"),
    ])
    func `what is no short form is refused with its place`(text: String, position: Int, part: String) throws {
        let error = try #require(throws: FilterError.self) { try DueShortcut.expression(parsing: text) }
        #expect(error.position == position)
        #expect(error.description.contains(part), "\(error)")
    }
}
