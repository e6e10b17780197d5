import DaprCalendar
package import DaprText

/// What a field is compared with.
package enum FilterValue: Hashable, Sendable {
    /// That there is none.
    case null
    /// One of the field's words, by its place in ``FilterField/words``.
    case word(Int)
    case flag(Bool)
    case integer(Int)
    case text(ExactText)
    /// A day wherever the asker is, from 1970-01-01.
    case day(Int)
    /// A moment in milliseconds since 1970.
    case time(Int64)
    /// A day, told from the one of the evaluation.
    case today(DateStep)
    /// A moment, told from the one of the evaluation.
    case now(DateStep)
}

/// A step from one day or moment to another.
package struct DateStep: Hashable, Sendable {
    /// The units of steps by their letters: hours, days, weeks and months.
    ///
    /// Minutes have none: `m` would be taken for months, and a filter by minutes is a date-time. A day is one of the calendar, so that from `now`
    /// it leads to the same time of day also where clocks were moved; only an hour is always 3,600 s. A month leads to the same day of another
    /// month, or to its last.
    package enum Unit: String, CaseIterable, Sendable {
        case hours = "h"
        case days = "d"
        case weeks = "w"
        case months = "mo"
    }

    /// The most units of a step.
    static let limit = 9999

    /// How many units forwards; backwards where negative.
    package let count: Int
    package let unit: Unit

    /// No step.
    package static let zero = DateStep(0, .days)

    /// Creates a step of up to 9,999 units.
    package init(_ count: Int, _ unit: Unit) {
        self.count = count
        self.unit = unit
    }

    /// The day that it leads to; hours lead nowhere.
    func day(after day: Int) -> Int {
        switch unit {
        case .hours: day
        case .days: day + count
        case .weeks: day + count * 7
        case .months: Self.day(months: count, after: day)
        }
    }

    private static func day(months: Int, after day: Int) -> Int {
        let date = CivilDate(daysSince1970: day)
        let first = CivilDate.daysSince1970(year: date.year, month: date.month, day: 1, plusMonths: months)
        let month = CivilDate(daysSince1970: first)
        return first + min(date.day, CivilDate.days(inMonth: month.month, of: month.year)) - 1
    }
}
