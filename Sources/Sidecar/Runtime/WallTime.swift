import FoundationEssentials

/// A moment by the wall clock, in UTC.
package struct WallTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; reaches to the year 2262.
    package var nanoseconds: Int64

    /// Creates a moment from nanoseconds since 1970.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Creates a moment from whole seconds since 1970; what is out of reach becomes the nearest moment.
    package init(seconds: Int) {
        let product = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = product.overflow ? (seconds < 0 ? .min : .max) : product.partialValue
    }

    /// The present moment.
    package static func now() -> WallTime {
        let seconds = Date().timeIntervalSince1970
        return WallTime(nanoseconds: Int64(exactly: (seconds * 1_000_000_000).rounded()) ?? .max)
    }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Int(remainder < 0 ? quotient - 1 : quotient)
    }

    /// A moment so many seconds later; what is out of reach becomes the nearest moment.
    package func adding(seconds: Int) -> WallTime {
        let sum = nanoseconds.addingReportingOverflow(WallTime(seconds: seconds).nanoseconds)
        return sum.overflow ? WallTime(nanoseconds: seconds < 0 ? .min : .max) : WallTime(nanoseconds: sum.partialValue)
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension WallTime {
    /// The moment as RFC 3339 in UTC with whole seconds: `2026-01-02T03:04:05Z`.
    package var rfc3339: String { text(separator: "T") + "Z" }

    /// The moment as SQL writes it, in UTC with whole seconds: `2026-01-02 03:04:05`.
    package var sql: String { text(separator: " ") }

    private func text(separator: String) -> String {
        let seconds = seconds
        let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let second = seconds - days * 86400
        let (year, month, day) = Self.civil(days: days)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))\(separator)"
            + "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }

    /// How many days a month has.
    static func days(year: Int, month: Int) -> Int {
        days(year: year, month: month, day: 1, plusMonths: 1) - days(year: year, month: month, day: 1)
    }

    /// The date of a day since 1970 in the Gregorian calendar, counted in eras of 400 years that begin on 1 March.
    static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The days from 1970-01-01 to a date in the Gregorian calendar; of the day only the sum counts, so it may lie outside the month.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
