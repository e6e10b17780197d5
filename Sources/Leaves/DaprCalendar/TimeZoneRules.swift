/// When a time zone was how far from UTC, and will be.
package struct TimeZoneRules: Sendable {
    /// The moments, in seconds since 1970, at which an offset begins; ascending.
    var begins: [Int] = []
    /// The offset from each of ``begins`` on, in seconds east of UTC.
    var offsets: [Int] = []
    /// The offset before the first of ``begins``.
    var first = 0
    /// What holds after the last of ``begins``; `nil` when its offset stays.
    var rule: DaylightRule?

    package static let utc = TimeZoneRules()

    /// The offset at a moment, in seconds east of UTC.
    package func offset(at time: Int) -> Int {
        if let rule, time >= begins.last ?? .min { return rule.offset(at: time) }
        var (low, high) = (0, begins.count)
        while low < high {
            let middle = (low + high) / 2
            if begins[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }

    /// The moment at which clocks show a time: of two the earlier, and of a time that is left out the one it would have been.
    package func moment(local: Int) -> Int {
        let before = offset(at: local - 86_400)
        let after = offset(at: local + 86_400)
        let early = local - before
        let late = local - after
        if offset(at: early) == before { return early }
        return offset(at: late) == after ? late : early
    }
}

/// The changes between standard and summer time of every year, as a POSIX `TZ` text gives them: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct DaylightRule: Equatable, Sendable {
    /// A day of the year and a time of that day.
    struct Change: Equatable, Sendable {
        enum Day: Equatable, Sendable {
            /// The week (5 for the last) of a month, and the day of the week, 0 for Sunday.
            case weekday(month: Int, week: Int, weekday: Int)
            /// From 1, without 29 February.
            case julian(Int)
            /// From 0, with 29 February.
            case ordinal(Int)
        }

        var day: Day
        /// Seconds after midnight.
        var time = 7200

        /// The local time of the change in a year, in seconds since 1970.
        func local(in year: Int) -> Int {
            let newYear = CivilDate.daysSince1970(year: year, month: 1, day: 1)
            let days: Int
            switch day {
            case .julian(let number):
                let isLeap = CivilDate.daysSince1970(year: year + 1, month: 1, day: 1) - newYear == 366
                days = newYear + number - 1 + (isLeap && number > 59 ? 1 : 0)
            case .ordinal(let number): days = newYear + number
            case .weekday(let month, let week, let weekday):
                let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
                let end = CivilDate.daysSince1970(year: year, month: month, day: 1, plusMonths: 1)
                let offset = (weekday - (first + 4) % 7 + 14) % 7
                let day = first + offset + (week - 1) * 7
                days = day >= end ? day - 7 : day
            }
            return days * 86_400 + time
        }
    }

    /// Seconds east of UTC in standard time.
    var standard: Int
    /// Seconds east of UTC in summer time, and when it begins and ends; `nil` where there is none.
    var summer: Summer?

    struct Summer: Equatable, Sendable {
        var offset: Int
        var begin: Change
        var end: Change
    }

    /// The offset at a moment.
    func offset(at time: Int) -> Int {
        guard let summer else { return standard }
        let local = time + standard
        let year = CivilDate(daysSince1970: local.flooredQuotientAndRemainder(dividingBy: 86_400).quotient).year
        let begin = summer.begin.local(in: year) - standard
        let end = summer.end.local(in: year) - summer.offset
        // South of the equator summer spans the new year.
        let isSummer = begin < end ? begin <= time && time < end : !(end <= time && time < begin)
        return isSummer ? summer.offset : standard
    }
}
