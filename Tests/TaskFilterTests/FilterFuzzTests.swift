import DaprText
import TestTools
import Testing

@testable import DaprCalendar
@testable import TaskFilter

/// Filters and searches that were changed at random: each is refused with a place, or read to the same again, and none hangs.
@Suite struct FilterFuzzTests {
    private static let corpus = [
        "due < today+7d and not tag has \"home\"", "status in (todo, in_progress) or priority >= medium",
        "title ~ 'milk' and description != null", "not (completed or version > 3) and created_at >= now-2h",
        "due = 2026-12-01 or due > 2026-12-01T10:00:00+01:00",
        "tag in (\"a\\\"b\", \"\\u{1F600}\", c) and updated_at < yesterday",
        "not not not (((due = null)))", "description ~ \"stra\u{DF}e\" or tag ~ \u{1F95B}",
        "due <= today+1mo and due >= today-9999w",
    ]
    private static let words = [
        "(", ")", ",", "=", "!=", "<", "<=", ">", ">=", "~", "in", "has", "and", "or", "not", "null", "true", "today",
        "now", "tomorrow",
        "+7d", "-2h", "+1mo", "99999999999999999999", "0000-01-01", "9999-12-31", "2026-02-30", "T23:59:60Z", "\"", "'",
        "\\", "\\u{", "}",
        "status", "due", "title", "tags", "version", "completed", "e\u{301}", "\u{1F600}", "\u{AC01}", "\u{202E}",
        "\u{0}", "\n", "\u{A0}",
        "not (", "or (", " and title ~ a",
    ]

    @Test func `a filter that was changed is refused or read`() async throws {
        try await Fuzzing.run("filter", reaching: ["refused", "matched", "did not match"]) { numbers in
            var text = numbers.pick(Self.corpus)
            if numbers.oneIn(3) { text += numbers.pick([" and ", " or ", " and not "]) + numbers.pick(Self.corpus) }
            if !numbers.oneIn(8) { text = numbers.changed(text, words: Self.words) }
            let filter: Filter
            do throws(FilterError) {
                filter = try Filter(parsing: text)
            } catch {
                guard 0...text.unicodeScalars.count ~= error.position, !error.description.isEmpty else {
                    throw Violation("position \(error.position): \(text.debugDescription)")
                }
                return "refused"
            }
            let canonical = filter.text.text
            if canonical.unicodeScalars.count <= FilterLimits.length, try Filter(parsing: canonical) != filter {
                throw Violation("\(canonical.debugDescription) is another filter: \(text.debugDescription)")
            }
            let now = Int64(numbers.below(4_000_000_000)) * 1000
            let context = FilterContext(now: now, zone: numbers.pick(TimeZoneRules.samples))
            let task = FilteredTask.random(&numbers, around: now)
            let answer = filter.resolved(in: context).matches(task)
            guard answer == filter.expression.holds(for: task, in: context) else {
                throw Violation("\(answer), and not by its parts: \(text.debugDescription), \(task)")
            }
            if let boundary = filter.boundary(in: context), boundary <= now {
                throw Violation("\(boundary) is over: \(text)")
            }
            return answer ? "matched" : "did not match"
        }
    }

    @Test func `a short form of due that was changed is refused or read`() async throws {
        let corpus = [
            "before:2026-12-01", "after:2026-12-01T10:00:00Z", "on:today+7d", "none", "overdue", "today", "week",
        ]
        try await Fuzzing.run("due", reaching: ["refused", "read"]) { numbers in
            let text = numbers.changed(numbers.pick(corpus), words: Self.words + [":", "before", "on:", "week"])
            do throws(FilterError) {
                let filter = Filter(try DueShortcut.expression(parsing: text))
                guard try Filter(parsing: filter.text.text) == filter else { throw FilterError(.invalidEscape, at: -1) }
                return "read"
            } catch {
                guard 0...text.unicodeScalars.count ~= error.position else {
                    throw Violation("position \(error.position): \(text.debugDescription)")
                }
                return "refused"
            }
        }
    }

    @Test func `a search that was changed is refused or finds its own words`() async throws {
        let corpus = [
            "milk", "oat \"warm milk\" caf", "\"e-mail to Anna\"", "\u{725B}\u{5976} \u{AC01}",
            "stra\u{DF}e 5 \u{1F95B}", "\u{E01}\u{E34}\u{E19}",
        ]
        try await Fuzzing.run("search", reaching: ["refused", "found"]) { numbers in
            let text = numbers.changed(
                numbers.pick(corpus),
                words: ["\"", " ", "-", "e\u{301}", "\u{1F44D}\u{1F3FD}", "\u{200D}", "\u{301}", "a", "\u{AC01}"]
            )
            let query: SearchQuery
            do throws(SearchError) {
                query = try SearchQuery(parsing: text)
            } catch {
                return "refused"
            }
            if query.text.unicodeScalars.count <= SearchQuery.lengthLimit, try SearchQuery(parsing: query.text) != query
            {
                throw Violation("\(query.text.debugDescription) is another search: \(text.debugDescription)")
            }
            var task = FilteredTask()
            task.titleText = text
            guard query.rank(of: task) != nil else {
                throw Violation("is not found in itself: \(text.debugDescription)")
            }
            return "found"
        }
    }
}
