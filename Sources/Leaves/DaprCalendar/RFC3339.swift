/// Moments as RFC 3339 writes them, in the years 0000 to 9999.
///
/// https://www.rfc-editor.org/rfc/rfc3339#section-5.6
@usableFromInline
package enum RFC3339 {
    /// The milliseconds since 1970 that have a text.
    @inlinable
    package static var milliseconds: ClosedRange<Int64> { -62_167_219_200_000...253_402_300_799_999 }

    /// Reads a date-time as in `2026-01-02T03:04:05.678+01:00` as milliseconds since 1970; nil when it is none or no day of the calendar.
    ///
    /// Digits after the third of a fraction are dropped. A leap second (`23:59:60` UTC) is read as the second after it.
    package static func milliseconds(parsing text: String) -> Int64? {
        var reader = TimeReader(text)
        guard let days = reader.days(), reader.take("T") || reader.take("t"),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2), hour < 24, minute < 60, second <= 60,
            let fraction = reader.take(".") ? reader.fraction(digits: 3) : 0,
            let offset = reader.take("Z") || reader.take("z") ? 0 : reader.offset(), reader.isAtEnd
        else { return nil }
        let minutes = days * 1440 + hour * 60 + minute - offset / 60
        // A 61st second is one only at the end of a day of UTC.
        guard second < 60 || (minutes + 1) % 1440 == 0 else { return nil }
        return Int64((minutes * 60 + second) * 1000 + (second < 60 ? fraction : 0))
    }

    /// The bytes of `2026-01-02T03:04:05.678Z`: always UTC, always three digits of fraction.
    ///
    /// - Parameter milliseconds: Since 1970, within ``milliseconds``.
    /// - Returns: ASCII.
    package static func utf8(milliseconds: Int64) -> InlineArray<24, UInt8> {
        let (day, time) = Int(milliseconds).flooredQuotientAndRemainder(dividingBy: 86_400_000)
        let date = CivilDate(daysSince1970: day)
        var bytes = InlineArray<24, UInt8>(repeating: UInt8(ascii: "0"))
        // The digits before a place, and then what stands there.
        func put(_ value: Int, _ digits: Int, before end: Int, _ after: Unicode.Scalar) {
            var rest = UInt32(truncatingIfNeeded: value)
            for place in stride(from: end - 1, through: end - digits, by: -1) {
                bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            bytes[end] = UInt8(ascii: after)
        }
        put(date.year, 4, before: 4, "-")
        put(date.month, 2, before: 7, "-")
        put(date.day, 2, before: 10, "T")
        put(time / 3_600_000, 2, before: 13, ":")
        put(time / 60_000 % 60, 2, before: 16, ":")
        put(time / 1000 % 60, 2, before: 19, ".")
        put(time % 1000, 3, before: 23, "Z")
        return bytes
    }

    /// `2026-01-02T03:04:05`, without a zone, as the beginning of other forms.
    ///
    /// - Parameters:
    ///   - seconds: Since 1970, in the years 0000 to 9999.
    ///   - separator: What stands between date and time.
    /// - Returns: Nineteen characters.
    package static func text(seconds: Int, separator: Unicode.Scalar = "T") -> String {
        var bytes = utf8(milliseconds: Int64(seconds) * 1000)
        bytes[10] = UInt8(ascii: separator)
        return String(decoding: (0..<19).map { bytes[$0] }, as: UTF8.self)
    }
}
