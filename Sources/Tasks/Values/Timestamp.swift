/// A point in time, to the millisecond, in the years 0000 to 9999 of the Gregorian calendar, UTC.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    /// 1970-01-01T00:00:00Z.
    package static let epoch = Timestamp(clamping: 0)

    private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// Takes milliseconds since 1970; nil outside the years 0000 to 9999.
    package init?(milliseconds: Int64) {
        guard Timestamp.range.contains(milliseconds) else { return nil }
        self.milliseconds = milliseconds
    }

    /// Takes milliseconds since 1970; outside the years 0000 to 9999 the nearest point within.
    package init(clamping milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Timestamp.range.lowerBound), Timestamp.range.upperBound)
    }

    /// The time that is so many milliseconds later, within the range.
    package func advanced(byMilliseconds difference: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(difference)
        return Timestamp(clamping: overflow ? (difference < 0 ? .min : .max) : sum)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package var description: String { text }
}

// RFC 3339, https://www.rfc-editor.org/rfc/rfc3339#section-5.6
extension Timestamp {
    /// Reads a date-time as in `2026-01-02T03:04:05.678+01:00`; nil when it is none or no day of the calendar.
    ///
    /// Digits after the third of a fraction are dropped. A leap second (`23:59:60` UTC) is read as the second after it.
    package init?(parsing text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t"),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2), let fraction = reader.skip(".") ? reader.milliseconds() : 0
        else { return nil }
        var offset: Int64 = 0
        if !reader.skip("Z") && !reader.skip("z") {
            let isWest = reader.skip("-")
            guard isWest || reader.skip("+"), let hours = reader.number(2), reader.skip(":"),
                let minutes = reader.number(2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
        guard reader.isAtEnd, (1...12).contains(month), day >= 1, day <= Timestamp.days(inMonth: month, of: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let minutes = Timestamp.daysSince1970(year, month, day) * 1440 + hour * 60 + minute - offset
        // A 61st second is one only at the end of a day of UTC.
        guard second < 60 || (minutes + 1) % 1440 == 0 else { return nil }
        self.init(milliseconds: (minutes * 60 + second) * 1000 + (second < 60 ? fraction : 0))
    }

    /// The time as `2026-01-02T03:04:05.678Z`: always UTC, always three digits of fraction.
    package var text: String {
        let text = utf8
        guard let characters = try? UTF8Span(validating: text.span) else { return "" }  // ASCII only.
        return String(copying: characters)
    }

    /// The bytes of ``text``.
    package var utf8: InlineArray<24, UInt8> {
        let day = milliseconds.flooredDivision(by: 86_400_000)
        let time = milliseconds - day * 86_400_000
        let (year, month, date) = Timestamp.civil(daysSince1970: day)
        var bytes = InlineArray<24, UInt8>(repeating: UInt8(ascii: "0"))
        // The digits before a place, and then what stands there.
        func put(_ value: Int64, _ digits: Int, before end: Int, _ after: Unicode.Scalar) {
            var rest = UInt32(truncatingIfNeeded: value)
            for place in stride(from: end - 1, through: end - digits, by: -1) {
                bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            bytes[end] = UInt8(ascii: after)
        }
        put(year, 4, before: 4, "-")
        put(month, 2, before: 7, "-")
        put(date, 2, before: 10, "T")
        put(time / 3_600_000, 2, before: 13, ":")
        put(time / 60_000 % 60, 2, before: 16, ":")
        put(time / 1000 % 60, 2, before: 19, ".")
        put(time % 1000, 3, before: 23, "Z")
        return bytes
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both count days from 1 March of the year 0, in eras of 400 years (146,097 days), so that the leap day is a year's last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted.flooredDivision(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor)
    }
}

/// Reads numbers of fixed length out of ASCII text.
private struct DigitReader {
    // An array, since a look into a string's own view costs more than all the rest.
    private let text: [UInt8]
    private var place = 0

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    var isAtEnd: Bool { place == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard !isAtEnd, text[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    mutating func number(_ count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// A fraction of a second: one digit at least, those after the third are dropped.
    mutating func milliseconds() -> Int64? {
        guard var value = digit() else { return nil }
        for _ in 0..<2 { value = value * 10 + (digit() ?? 0) }
        while digit() != nil {}
        return value
    }

    private mutating func digit() -> Int64? {
        guard !isAtEnd, (48...57).contains(text[place]) else { return nil }
        defer { place += 1 }
        return Int64(text[place]) - 48
    }
}
