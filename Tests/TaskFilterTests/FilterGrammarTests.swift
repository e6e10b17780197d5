import DaprText
import Testing

@testable import TaskFilter

struct FilterGrammarTests {
    @Test(
        arguments: [
            ("status = todo", "status = todo"), ("STATUS=Todo", "status = todo"),
            ("status != \"done\"", "status != done"),
            ("status IN(todo,in_progress)", "status in (todo, in_progress)"),
            ("priority>=medium", "priority >= medium"),
            ("completed", "completed = true"), ("not completed", "not completed = true"),
            ("(completed)", "completed = true"),
            (
                "completed and completed or completed = FALSE",
                "completed = true and completed = true or completed = false"
            ),
            ("title = 'it\\'s'", "title = \"it's\""), ("title ~ milk", "title ~ \"milk\""),
            ("title ~ Caf\u{E9}", "title ~ \"Caf\u{E9}\""),
            ("title = null_", "title = \"null_\""), ("title = \"null\"", "title = \"null\""),
            ("title = \"a\\\\b\\n\\t\\u{1F600}\\u{7}\"", "title = \"a\\\\b\\n\\t\u{1F600}\\u{7}\""),
            ("description = null", "description = null"), ("description != NULL", "description != null"),
            ("tags has home", "tag has \"home\""), ("tag = 'home'", "tag = \"home\""),
            ("tag in (a, \"b c\")", "tag in (\"a\", \"b c\")"),
            ("tag ~ \u{1F95B}", "tag ~ \"\u{1F95B}\""),
            ("due_date < 2026-12-01", "due < 2026-12-01"), ("due=null", "due = null"),
            ("due <= 2026-12-01T10:00:00+01:00", "due <= 2026-12-01T09:00:00.000Z"),
            ("due > \"2026-12-01T10:00:00.5z\"", "due > 2026-12-01T10:00:00.500Z"),
            ("due < Today+7D", "due < today+7d"), ("due < today + 7d", "due < today+7d"),
            ("due < today-2w", "due < today-2w"),
            ("due < today+1mo", "due < today+1mo"), ("due < today+0w", "due < today"),
            ("due = tomorrow", "due = today+1d"),
            ("due = YESTERDAY", "due = today-1d"), ("created_at > now-2h", "created_at > now-2h"),
            ("updated_at >= now", "updated_at >= now"),
            (
                "due in (today, tomorrow, 2026-12-01)",
                "due in (today, today+1d, 2026-12-01)"
            ),
            ("version > 3", "version > 3"), ("version in (1,02)", "version in (1, 2)"),
            ("due < today+7d and not tag has \"home\"", "due < today+7d and not tag has \"home\""),
            (
                "completed or completed and not completed",
                "completed = true or completed = true and not completed = true"
            ),
            ("(completed or completed) and completed", "(completed = true or completed = true) and completed = true"),
            ("(completed and completed) and completed", "completed = true and completed = true and completed = true"),
            ("not (completed and completed)", "not (completed = true and completed = true)"),
            ("not ((completed))", "not completed = true"), ("NOT NOT completed", "not not completed = true"),
            ("\n\t status\u{A0}=\u{3000}todo ", "status = todo"),
        ] as [(String, String)]
    )
    func `a filter is read, and its canonical text is read as the same`(text: String, canonical: String) throws {
        let filter = try Filter(parsing: text)
        #expect(filter.text.text == canonical)
        let again = try Filter(parsing: canonical)
        #expect(again == filter)
        #expect(again.text == filter.text)
    }

    @Test(
        arguments: [
            ("", 0, "a field, not, or ( is expected here, not the end."), ("  ", 2, "not the end."),
            ("and", 0, "not \"and\"."),
            ("\"status\" = todo", 0, "a field"), ("duee = null", 0, "there is no field \"duee\""),
            ("duee = null", 0, "; did you mean due?"), ("Priorty = low", 0, "; did you mean priority?"),
            ("xyzzyx = 1", 0, "there are status, priority, completed"),
            ("status", 6, "=, != or in is expected here, not the end."), ("status == todo", 7, "; did you mean =?"),
            ("status <> todo", 7, "; did you mean !=?"), ("status is todo", 7, "not \"is\"."),
            ("status < done", 7, "status is not compared by \"<\" but by =, != or in."),
            ("title has milk", 6, "title is not compared by \"has\""), ("completed in (true)", 10, "by = or !="),
            ("status = 2026-12-01", 9, "status takes todo, in_progress or done, not \"2026-12-01\"."),
            ("status = toodo", 9, "; did you mean todo?"), ("status = null", 9, "not \"null\"."),
            ("status =", 8, "not the end."),
            ("status = (todo)", 9, "todo, in_progress or done is expected here, not \"(\"."),
            ("priority = 1", 11, "priority takes low, medium or high"), ("completed = yes", 12, "takes true or false"),
            ("completed = ture", 12, "; did you mean true?"),
            ("title = 5", 8, "title takes a text in quotes, not \"5\"."),
            ("title = null", 8, "not \"null\"."), ("description ~ null", 14, "not \"null\"."),
            ("description = 2026-12-01", 14, "a text in quotes, or null for none"),
            ("tag in (null)", 8, "not \"null\"."),
            ("tag has e-mail", 9, "and, or, or the end is expected here, not \"-\"."),
            ("tag has \u{201C}home\u{201D}", 8, "is expected here, not \"\u{201C}\"."),
            ("due < 2026-02-30", 6, "the calendar has no day \"2026-02-30\"."),
            ("due < 2026-13-01T00:00:00Z", 6, "no day"),
            ("due < 2026-12-01T24:00:00Z", 6, "due takes a date"),
            ("due < 2026-12-01T10:00:00", 6, "a date-time with its offset"),
            ("due < 0000-01-01T00:00:00+01:00", 6, "due takes"), ("due < 2026-12", 6, "due takes"),
            ("due < null", 6, "not \"null\"."),
            ("due < tomorow", 6, "; did you mean tomorrow?"), ("due < high", 6, "not \"high\"."),
            ("created_at = null", 13, "created_at takes a date"),
            ("due < today+7", 12, "\"7\" is no step from today"),
            ("due < today+2h", 12, "d (days), w (weeks) or mo (months)"),
            ("due < now+2m", 10, "h (hours), d (days)"), ("due < today+10000d", 12, "up to 9999"),
            ("due < today+", 12, "the end is no step"),
            ("due < today 7d", 12, "+ or - (in a URL, + is written %2B) is expected here"),
            ("due < today+7d+1d", 12, "\"7d+1d\" is no step"), ("due < tomorrow+1d", 14, "and, or, or the end"),
            ("version = -1", 10, "a whole number is expected here, not \"-\"."),
            ("version = 1.5", 10, "version takes a whole number"),
            ("version = 99999999999999999999", 10, "takes a whole number"),
            ("status in todo", 10, "( and a list of values is expected here"),
            ("status in ()", 11, "expected here, not \")\"."),
            ("status in (todo", 15, "a comma or ) is expected here, not the end."),
            ("status in (todo done)", 16, "a comma or )"),
            ("status in (todo,)", 16, "not \")\"."),
            ("completed completed", 10, "= or != is expected here"),
            ("status = todo status = done", 14, "and, or, or the end"),
            ("status = todo && completed", 14, "; did you mean and?"),
            ("status = todo || completed", 14, "; did you mean or?"),
            ("!completed", 0, "; did you mean not?"),
            ("(status = todo", 14, "and, or, or ) is expected here, not the end."),
            ("status = todo)", 13, "not \")\"."), ("completed and", 13, "not the end."), ("not", 3, "not the end."),
            ("title = \"milk", 8, "the text that begins here has no closing quote."),
            ("title = 'a\\q'", 10, "after a backslash stands"),
            ("title = \"\\u{110000}\"", 9, "u{hexadecimal}"), ("title = \"\\u{}\"", 9, "u{"),
            ("title = \"\\ud\"", 9, "u{"),
            ("title = \"\\", 9, "after a backslash"), ("title ~ \"\"", 8, "nothing is left to look for"),
            ("title ~ \"\u{301}\"", 8, "nothing is left to look for"),
            ("\u{1F600}\u{1F600} = 1", 0, "no field"), ("status = todo # urgent", 14, "not \"#\"."),
            ("title = \"\u{1F600}e\u{301}\" or x = 1", 17, "no field \"x\""),
        ] as [(String, Int, String)]
    )
    func `what is wrong is told with its place`(text: String, position: Int, part: String) throws {
        let error = try #require(throws: FilterError.self) { try Filter(parsing: text) }
        #expect(error.position == position)
        #expect(error.description.hasPrefix("At position \(position): "))
        #expect(error.description.contains(part), "\(error)")
    }

    @Test func `a suggestion, put in place of what was found, is taken`() throws {
        for (text, wrong) in [
            ("duee = null", "duee"), ("status = toodo", "toodo"), ("due = todya", "todya"), ("status == todo", "=="),
        ] {
            let error = try #require(throws: FilterError.self) { try Filter(parsing: text) }
            let suggestion = try #require(error.fault.suggestion)
            _ = try Filter(parsing: text.replacing(wrong, with: suggestion))
        }
    }

    @Test func `what somebody wrote is shown on one line, and not all of it`() throws {
        let text = String(repeating: "x\u{300}", count: 300)
        let error = try #require(throws: FilterError.self) { try Filter(parsing: "due = \"\n\(text)\"") }
        #expect(!error.description.contains("\n"))
        #expect(error.description.unicodeScalars.count < 400)
    }
}
