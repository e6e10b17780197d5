/// A day of the Gregorian calendar, also before it was in use.
@usableFromInline
package struct CivilDate: Hashable, Sendable {
    @usableFromInline
    package let year: Int
    /// 1 to 12.
    @usableFromInline
    package let month: Int
    /// From 1.
    @usableFromInline
    package let day: Int

    // Both ways count from 1 March of the year 0, in eras of 400 years (146,097 days), so that the leap day is a year's last.

    /// The date of a day counted from 1970-01-01.
    @inlinable
    package init(daysSince1970 days: Int) {
        let (era, dayOfEra) = (days + 719_468).flooredQuotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    }

    /// The days from 1970-01-01 to a date; of the day only the sum counts, so it may lie outside the month.
    @inlinable
    package static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let (era, yearOfEra) = shifted.flooredQuotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The days from 1970-01-01 to a date some months on; days and months may lie outside their ranges, as in Go's `AddDate`.
    package static func daysSince1970(year: Int, month: Int, day: Int, plusMonths: Int) -> Int {
        let (years, rest) = (month - 1 + plusMonths).flooredQuotientAndRemainder(dividingBy: 12)
        return daysSince1970(year: year + years, month: rest + 1, day: day)
    }

    /// How many days a month has.
    @inlinable
    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day of the week, 0 for Sunday, of a day counted from 1970-01-01, which was a Thursday.
    @inlinable
    package static func weekday(daysSince1970 days: Int) -> Int {
        (days + 4).flooredQuotientAndRemainder(dividingBy: 7).remainder
    }
}

extension Int {
    /// The quotient rounded down and the remainder, which is never negative; the divisor is positive.
    @inlinable
    package func flooredQuotientAndRemainder(dividingBy divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
