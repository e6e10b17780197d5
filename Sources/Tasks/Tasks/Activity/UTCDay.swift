/// A calendar day in UTC.
package struct UTCDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    private static let milliseconds: Int64 = 86_400_000

    /// Days since 1970-01-01.
    package let number: Int

    /// Creates the day that is `number` days after 1970-01-01.
    init(number: Int) { self.number = number }

    /// Creates the day that contains `time`.
    package init(of time: Timestamp) {
        let (quotient, rest) = time.milliseconds.quotientAndRemainder(dividingBy: UTCDay.milliseconds)
        number = Int(rest < 0 ? quotient - 1 : quotient)
    }

    /// Parses a day such as `2026-01-02`; `nil` when the calendar has no such day.
    package init?(_ text: String) {
        guard text.utf8.count == 10, let time = Timestamp(parsing: text + "T00:00:00Z") else { return nil }
        self.init(of: time)
    }

    /// The number of days from `other` to this day; negative when this day is earlier.
    package func days(since other: UTCDay) -> Int { number - other.number }

    /// The day in the form `2026-01-02`.
    package var text: String { String(Timestamp(clamping: Int64(number) * UTCDay.milliseconds).text.prefix(10)) }

    package var description: String { text }

    package static func < (left: UTCDay, right: UTCDay) -> Bool { left.number < right.number }
}
