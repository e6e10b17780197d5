import DaprText
import TestTools
import Testing

@testable import DaprCalendar
@testable import TaskFilter

struct FilterDateTests {
    /// The day from 1970-01-01.
    private func day(_ text: String) throws -> Int {
        var reader = TimeReader(text)
        let day = reader.days()
        return try #require(day)
    }

    private func time(_ text: String) throws -> Int64 { try #require(RFC3339.milliseconds(parsing: text)) }

    private func task(due: String) throws -> FilteredTask {
        var task = FilteredTask()
        task.due = due.utf8.count == 10 ? .day(try day(due)) : .time(try time(due))
        return task
    }

    /// In Berlin, where it was 23:30 on 28 March 2026, half an hour before a day of 23 hours.
    @Test(
        arguments: [
            // The last moment of the day and the day itself are before its end, the next midnight is not.
            ("2026-03-29T21:59:59.999Z", "due = tomorrow", true), ("2026-03-29T22:00:00Z", "due = tomorrow", false),
            ("2026-03-28T23:00:00Z", "due = tomorrow", true), ("2026-03-28T22:59:59.999Z", "due = tomorrow", false),
            ("2026-03-29", "due = tomorrow", true), ("2026-03-29", "due = today", false),
            ("2026-03-28", "due = today", true),
            ("2026-03-28", "due < 2026-03-28", false), ("2026-03-28", "due <= 2026-03-28", true),
            ("2026-03-28", "due < 2026-03-29", true),
            ("2026-03-28", "due > 2026-03-28", false), ("2026-03-28", "due > 2026-03-27", true),
            ("2026-03-28", "due >= 2026-03-28", true),
            ("2026-03-28", "due != 2026-03-28", false), ("2026-03-28", "due in (2026-03-27, 2026-03-28)", true),
            // A day counts as its last millisecond.
            ("2026-03-28", "due < 2026-03-28T23:00:00Z", true), ("2026-03-28", "due < 2026-03-28T22:59:59.999Z", false),
            ("2026-03-28", "due = 2026-03-28T22:59:59.999Z", true),
            ("2026-03-28", "due > 2026-03-28T22:59:59.998Z", true),
            ("2026-03-28", "due >= 2026-03-28T23:00:00Z", false), ("2026-03-28", "due = 2026-03-28T12:00:00Z", false),
            // Today is not over.
            ("2026-03-28", "due < now", false), ("2026-03-27", "due < now", true),
            ("2026-03-28T22:29:59.999Z", "due < now", true),
            ("2026-03-28T22:30:00Z", "due < now", false), ("2026-03-28T22:30:00Z", "due <= now", true),
            // Half an hour, an hour of that night, and clocks moved by one.
            ("2026-03-28T23:29:59Z", "due < now+1h", true), ("2026-03-28T23:30:00Z", "due < now+1h", false),
            ("2026-03-29T21:29:59Z", "due < now+1d", true), ("2026-03-29T21:30:00Z", "due < now+1d", false),
            ("2026-04-04T21:30:00Z", "due = now+1w", true), ("2026-02-28T22:30:00Z", "due = now-1mo", true),
            ("2026-04-27", "due < today+1mo", true), ("2026-04-28", "due < today+1mo", false),
            ("2026-04-04", "due = today+1w", true), ("2026-03-21", "due = today-7d", true),
        ] as [(String, String, Bool)]
    )
    func `dates are those of the zone`(due: String, filter: String, answer: Bool) throws {
        let context = try FilterContext("2026-03-28T22:30:00Z", .berlin)
        #expect(try matches(filter, try task(due: due), context) == answer)
    }

    @Test(arguments: [
        ("2026-01-31T12:00:00Z", "today+1mo", "2026-02-28"), ("2028-01-31T12:00:00Z", "today+1mo", "2028-02-29"),
        ("2026-03-31T12:00:00Z", "today-1mo", "2026-02-28"), ("2026-12-15T12:00:00Z", "today+1mo", "2027-01-15"),
        ("2026-01-15T12:00:00Z", "today-13mo", "2024-12-15"), ("2026-01-31T12:00:00Z", "today+9999d", "2053-06-17"),
    ])
    func `a month leads to the same day, or to the last`(now: String, date: String, due: String) throws {
        #expect(try matches("due = \(date)", try task(due: due), try FilterContext(now)))
    }

    @Test func `a filter is of the asker's zone`() throws {
        let task = try task(due: "2026-12-01T23:30:00Z")
        #expect(try matches("due = 2026-12-01", task, try FilterContext("2026-12-01T00:00:00Z")))
        #expect(try !matches("due = 2026-12-01", task, try FilterContext("2026-12-01T00:00:00Z", .berlin)))
        #expect(try matches("due = 2026-12-02", task, try FilterContext("2026-12-01T00:00:00Z", .berlin)))
        #expect(try matches("due = 2026-12-02", task, try FilterContext("2026-12-01T00:00:00Z", .auckland)))
    }

    @Test(arguments: TimeZoneRules.samples.indices)
    func `a day stands behind its moments, and is overdue from the next midnight`(zone: Int) throws {
        let zone = TimeZoneRules.samples[zone]
        for day in try day("2026-01-01")..<(try day("2027-01-02")) {
            let context = FilterContext(now: 0, zone: zone)
            let midnight = context.start(ofDay: day + 1)
            let order = try #require(context.order(of: .day(day)))
            #expect(try #require(context.order(of: .time(midnight - 1))) < order)
            #expect(order < (try #require(context.order(of: .time(midnight)))))
            var task = FilteredTask()
            task.due = .day(day)
            let overdue = Filter(try DueShortcut.expression(parsing: "overdue"))
            #expect(!overdue.resolved(in: FilterContext(now: midnight - 1, zone: zone)).matches(task))
            #expect(overdue.resolved(in: FilterContext(now: midnight, zone: zone)).matches(task))
        }
    }

    /// What a comparison with a date says by the words of the documentation, from instants alone.
    @Test func `comparisons are those of instants, with a day as its last millisecond`() throws {
        var numbers = SeededRandom(seed: 18)
        for _ in 0..<4000 {
            let zone = numbers.pick(TimeZoneRules.samples)
            let now =
                try time("2026-03-20T00:00:00Z") + Int64(numbers.below(250)) * 86_400_000
                + Int64(numbers.below(86_400_000))
            let context = FilterContext(now: now, zone: zone)
            let task = FilteredTask.random(&numbers, around: now)
            let (value, span): (FilterValue, Range<Int64>)
            if numbers.oneIn(2) {
                let day = context.today + numbers.below(15) - 7
                (value, span) = (.day(day), context.start(ofDay: day)..<context.start(ofDay: day + 1))
            } else {
                let time = now + Int64(numbers.below(200) - 100) * 3_600_000
                (value, span) = (.time(time), time..<time + 1)
            }
            let instant: Int64? =
                switch task.due {
                case .none: nil
                case .time(let time): time
                case .day(let day): context.start(ofDay: day + 1) - 1
                }
            for comparison in [FilterOperator.equal, .notEqual, .less, .atMost, .greater, .atLeast] {
                let expected =
                    switch comparison {
                    case .less: instant.map { $0 < span.lowerBound } ?? false
                    case .atMost: instant.map { $0 < span.upperBound } ?? false
                    case .greater: instant.map { $0 >= span.upperBound } ?? false
                    case .atLeast: instant.map { $0 >= span.lowerBound } ?? false
                    case .notEqual: !(instant.map { span.contains($0) } ?? false)
                    default: instant.map { span.contains($0) } ?? false
                    }
                let filter = Filter(.term(FilterTerm(.due, comparison, [value])))
                #expect(filter.resolved(in: context).matches(task) == expected, "\(filter.text), \(task.due), \(now)")
            }
        }
    }

    @Test(
        arguments: [
            ("due < today", "2026-03-28T23:00:00Z"), ("due < today or created_at < now", "2026-03-28T22:30:00.001Z"),
            ("not (completed and due in (2026-01-01, tomorrow))", "2026-03-28T23:00:00Z"), ("due < 2026-03-28", nil),
            ("completed", nil),
        ] as [(String, String?)]
    )
    func `a relative filter says until when it is the same`(filter: String, boundary: String?) throws {
        let filter = try Filter(parsing: filter)
        let context = try FilterContext("2026-03-28T22:30:00Z", .berlin)
        #expect(filter.boundary(in: context) == (try boundary.map { try time($0) }))
    }
}
