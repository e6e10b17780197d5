import DaprText
import TestTools

@testable import DaprCalendar
@testable import TaskFilter

/// A task as a filter sees it.
struct FilteredTask: FilterSubject, Sendable {
    var statusIndex = 0
    var priorityIndex = 1
    var titleText = "Buy milk"
    var descriptionText: String?
    var tagTexts: [String] = []
    var due = FilterDue.none
    var createdMilliseconds: Int64 = 0
    var updatedMilliseconds: Int64 = 0
    var version = 1

    /// Texts that are near to each other, so that some are found by chance.
    static let texts = ["milk", "Milk", "m\u{EF}lk", "oat milk", "home", "work", "\u{1F95B}", "a", "A"]

    static func random(_ numbers: inout SeededRandom, around now: Int64) -> FilteredTask {
        var task = FilteredTask()
        task.statusIndex = numbers.below(3)
        task.priorityIndex = numbers.below(3)
        task.titleText = numbers.pick(texts)
        task.descriptionText = numbers.oneIn(3) ? nil : numbers.pick(texts) + " " + numbers.pick(texts)
        task.tagTexts = (0..<numbers.below(3)).map { _ in numbers.pick(texts) }
        let day = Int(now / 86_400_000)
        switch numbers.below(3) {
        case 0: task.due = .none
        case 1: task.due = .day(day + numbers.below(21) - 10)
        default: task.due = .time(near(now, &numbers))
        }
        task.createdMilliseconds = near(now, &numbers)
        task.updatedMilliseconds = near(now, &numbers)
        task.version = numbers.below(5)
        return task
    }

    /// A moment within ten days, often at the edge of an hour.
    private static func near(_ now: Int64, _ numbers: inout SeededRandom) -> Int64 {
        let time = now + Int64(numbers.below(240) - 120) * 7_200_000
        return numbers.oneIn(2) ? time : time / 3_600_000 * 3_600_000 - Int64(numbers.below(2))
    }
}

extension FilterContext {
    /// A time as in `2026-12-01T00:00:00Z`, in a zone.
    init(_ now: String, _ zone: TimeZoneRules = .utc) throws {
        guard let now = RFC3339.milliseconds(parsing: now) else { throw Violation("\(now) is no time") }
        self.init(now: now, zone: zone)
    }
}

extension TimeZoneRules {
    /// A zone with the same changes each year, as a POSIX `TZ` text gives them.
    static func yearly(_ text: Substring) -> TimeZoneRules {
        var zone = TimeZoneRules()
        zone.rule = DaylightRule(text)
        return zone
    }

    static let berlin = yearly("CET-1CEST,M3.5.0,M10.5.0/3")
    /// Clocks are moved at midnight: in spring there is none, and in autumn the hour before it comes twice.
    static let beirut = yearly("EET-2EEST,M3.5.0/0,M10.5.0/0")
    /// Clocks are moved a minute after midnight, so that in autumn midnight comes twice.
    static let newfoundland = yearly("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01")
    static let auckland = yearly("NZST-12NZDT,M9.5.0,M4.1.0/3")
    static let samples = [utc, berlin, beirut, newfoundland, auckland]
}

/// Whether a filter asks for a task.
func matches(_ filter: String, _ task: FilteredTask, _ context: FilterContext) throws -> Bool {
    try Filter(parsing: filter).resolved(in: context).matches(task)
}
