import TestTools
import Testing

@testable import Tasks

struct ActivityTests {
    private static let task = TaskID(high: 1, low: 2)

    private static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(parsing: text)) }

    private static func change(
        _ sequence: Int,
        _ kind: TaskChange.Kind,
        _ time: Timestamp,
        title: String = "x"
    ) -> ActivityChange {
        ActivityChange(sequence: sequence, time: time, kind: kind, taskID: task, title: title)
    }

    /// An activity of completions on these days, in order.
    private static func completions(_ days: [String]) throws -> Activity {
        var activity = Activity()
        for (index, day) in days.enumerated() {
            activity.note(change(index + 1, .completed, try time("\(day)T12:00:00Z")))
        }
        return activity
    }

    @Test(arguments: [
        ("2026-01-01T23:59:59.999Z", "2026-01-01"), ("2026-01-02T00:00:00.000Z", "2026-01-02"),
        ("2026-01-02T00:30:00+01:00", "2026-01-01"), ("1969-12-31T23:59:59.999Z", "1969-12-31"),
        ("1970-01-01T00:00:00Z", "1970-01-01"), ("2024-02-29T12:00:00Z", "2024-02-29"),
        ("0000-01-01T00:00:00Z", "0000-01-01"), ("9999-12-31T23:59:59.999Z", "9999-12-31"),
    ])
    func `a day begins at midnight UTC`(time: String, day: String) throws {
        #expect(UTCDay(of: try Self.time(time)).text == day)
        #expect(UTCDay(day) == UTCDay(of: try Self.time(time)))
    }

    @Test(arguments: ["", "2026-1-1", "2026-02-30", "2026-01-02T", "x026-01-02", "2026-01-02 "])
    func `what is no day reads as none`(text: String) {
        #expect(UTCDay(text) == nil)
    }

    @Test func `each kind is counted on its day, and an update on none`() throws {
        var activity = Activity()
        let kinds: [TaskChange.Kind] = [.created, .completed, .reopened, .completed, .updated, .deleted]
        for (index, kind) in kinds.enumerated() {
            #expect(activity.note(Self.change(index + 1, kind, try Self.time("2026-01-02T10:00:00Z"))) == .counted)
        }
        activity.note(Self.change(7, .updated, try Self.time("2026-01-03T10:00:00Z")))
        let day = try #require(UTCDay("2026-01-02"))
        #expect(activity.days == [.init(day, .init(created: 1, completed: 2, reopened: 1, deleted: 1))])
        #expect(activity.sequence == 7)
        #expect(activity.recent.map(\.sequence) == Array(1...7))
    }

    @Test(
        arguments: [
            ([], "2026-01-10", 0, 0), (["2026-01-10"], "2026-01-10", 1, 1), (["2026-01-09"], "2026-01-10", 1, 1),
            (["2026-01-08"], "2026-01-10", 0, 1), (["2026-01-08", "2026-01-09", "2026-01-10"], "2026-01-10", 3, 3),
            (["2026-01-08", "2026-01-09", "2026-01-10"], "2026-01-11", 3, 3),
            (["2026-01-08", "2026-01-09", "2026-01-10"], "2026-01-12", 0, 3),
            (["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-10"], "2026-01-10", 1, 3),
            (["2026-01-10", "2026-01-10", "2026-01-10"], "2026-01-10", 1, 1),
            (["2025-12-31", "2026-01-01"], "2026-01-01", 2, 2),
            (["2024-02-28", "2024-02-29", "2024-03-01"], "2024-03-01", 3, 3),
            // The clock of who asks may be behind that of who wrote.
            (["2026-01-10", "2026-01-11"], "2026-01-10", 2, 2),
        ] as [([String], String, Int, Int)]
    )
    func `a streak is days in a row, and broken when neither today nor yesterday has a completion`(
        days: [String],
        today: String,
        current: Int,
        longest: Int
    ) throws {
        let activity = try Self.completions(days)
        #expect(activity.currentStreak(on: try #require(UTCDay(today))) == current)
        #expect(activity.longest?.days ?? 0 == longest)
    }

    @Test func `it keeps so many days and changes, and no more`() throws {
        var activity = Activity()
        let start = try Self.time("2024-01-01T12:00:00Z")
        for day in 0..<1000 {
            let time = start.advanced(byMilliseconds: Int64(day) * 86_400_000)
            activity.note(Self.change(day + 1, .completed, time, title: String(repeating: "é", count: 10_000)))
        }
        #expect(activity.days.count == Activity.dayLimit)
        #expect(activity.recent.map(\.sequence) == Array(981...1000))
        #expect(activity.recent.allSatisfy { $0.title.unicodeScalars.count == 200 })
        #expect(activity.longest?.days == 1000)
        let last = try #require(activity.days.last?.day)
        let first = try #require(activity.days.first?.day)
        #expect(last.days(since: first) == 365)
        #expect(activity.days(upTo: last).count == 366)
        #expect(activity.days(upTo: UTCDay(of: start.advanced(byMilliseconds: 1009 * 86_400_000))).count == 356)
        // What was stored with more is cut as well.
        let days = activity.days + [Activity.Day(UTCDay(of: start), .init())]
        let again = Activity(
            sequence: 1000,
            days: days.reversed(),
            recent: activity.recent.reversed(),
            streak: activity.streak,
            longest: activity.longest,
            unheard: []
        )
        #expect(again == activity)
    }

    @Test func `a change that is early or comes again changes nothing`() throws {
        var activity = try Self.completions(["2026-01-01", "2026-01-02"])
        let before = activity
        let time = try Self.time("2026-01-03T00:00:00Z")
        for sequence in [1, 2, 0, -1, .min] {
            #expect(activity.note(Self.change(sequence, .completed, time)) == .repeated)
        }
        for sequence in [4, 5, .max] { #expect(activity.note(Self.change(sequence, .completed, time)) == .early) }
        #expect(activity == before)
        #expect(activity.note(Self.change(3, .completed, time)) == .counted)
    }

    @Test func `what nobody has any more is passed over`() throws {
        var activity = try Self.completions(["2026-01-01"])
        activity.pass(over: 9)
        activity.pass(over: 4)
        #expect(activity.sequence == 9)
        #expect(activity.note(Self.change(10, .completed, try Self.time("2026-01-02T00:00:00Z"))) == .counted)
        #expect(activity.longest?.days == 2)
    }

    @Test func `what is read from the journal is unheard of until its event comes`() throws {
        let time = try Self.time("2026-01-02T00:00:00Z")
        var activity = Activity()
        func change(_ sequence: Int) -> ActivityChange { Self.change(sequence, .completed, time) }
        // One that comes too early counts nothing, nor does one that is counted.
        activity.fill(change(2))
        #expect(activity == Activity())
        for sequence in 1...7 { activity.fill(change(sequence)) }
        activity.note(change(8))
        activity.fill(change(3))
        #expect(activity.sequence == 8 && activity.unheard == [1...7])
        for sequence in [1, 4, 7, 4, 8, 9] { activity.note(change(sequence)) }
        #expect(activity.unheard == [2...3, 5...6])
        #expect(activity.days.map(\.counts.completed) == [9])
        activity.pass(over: 20)
        #expect(activity.unheard == [2...3, 5...6])
        for sequence in [2, 3, 5, 6] { activity.note(change(sequence)) }
        #expect(activity.unheard.isEmpty)
    }

    @Test(arguments: 1...50)
    func `of too many stretches that nobody heard of, none is forgotten`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let time = try Self.time("2026-01-02T00:00:00Z")
        var activity = Activity()
        var missing: Set<Int> = []
        for sequence in 1...2000 {
            let isMissing = Int.random(in: 0..<3, using: &random) == 0
            if isMissing { missing.insert(sequence) }
            let change = Self.change(sequence, .updated, time)
            if isMissing { activity.fill(change) } else { activity.note(change) }
        }
        #expect(activity.unheard.count <= Activity.unheardLimit)
        #expect(missing.allSatisfy { sequence in activity.unheard.contains { $0.contains(sequence) } })
        #expect(zip(activity.unheard, activity.unheard.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
        // Told again from the first on, all are heard of.
        for sequence in 1...2000 { activity.note(Self.change(sequence, .updated, time)) }
        #expect(activity.unheard.isEmpty)
    }

    @Test(arguments: 1...200)
    func `any order of repeats, come again until all are counted, gives what once in order gives`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var time = try Self.time("2026-01-01T20:00:00Z")
        var changes: [ActivityChange] = []
        for sequence in 1...Int.random(in: 1...60, using: &random) {
            time = time.advanced(byMilliseconds: Int64.random(in: 0...100_000_000, using: &random))
            let kind = try #require(TaskChange.Kind.allCases.randomElement(using: &random))
            changes.append(Self.change(sequence, kind, time, title: "\(sequence)"))
        }
        var expected = Activity()
        for change in changes { #expect(expected.note(change) == .counted) }
        var activity = Activity()
        var open = changes + changes.filter { _ in Bool.random(using: &random) }
        var counted = 0
        while !open.isEmpty {
            open.shuffle(using: &random)
            open = open.filter { change in
                let outcome = activity.note(change)
                if outcome == .counted { counted += 1 }
                return outcome == .early
            }
        }
        #expect(activity == expected)
        #expect(counted == changes.count)
    }
}
