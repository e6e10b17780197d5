/// A day of the calendar, in UTC.
package struct UTCDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    private static let milliseconds: Int64 = 86_400_000

    /// Days since 1970-01-01.
    package let number: Int

    /// The day that a point in time belongs to.
    package init(of time: Timestamp) {
        let (quotient, rest) = time.milliseconds.quotientAndRemainder(dividingBy: UTCDay.milliseconds)
        number = Int(rest < 0 ? quotient - 1 : quotient)
    }

    /// Reads a day as in `2026-01-02`; nil when it is none of the calendar.
    package init?(_ text: String) {
        guard text.utf8.count == 10, let time = Timestamp(parsing: text + "T00:00:00Z") else { return nil }
        self.init(of: time)
    }

    /// How many days this one is after another; negative when it is before it.
    package func days(since other: UTCDay) -> Int { number - other.number }

    /// The day as in `2026-01-02`.
    package var text: String { String(Timestamp(clamping: Int64(number) * UTCDay.milliseconds).text.prefix(10)) }

    package var description: String { text }

    package static func < (left: UTCDay, right: UTCDay) -> Bool { left.number < right.number }
}
