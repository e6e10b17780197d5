internal import DaprCalendar

/// A moment, to the millisecond, as Dapr writes it in RFC 3339: `2026-09-01T00:00:00Z`.
///
/// The library has no Foundation, so it is a count: `Date(timeIntervalSince1970: Double(time.millisecondsSince1970) / 1000)` is the same
/// moment, and `DaprTimestamp(millisecondsSince1970: Int64(date.timeIntervalSince1970 * 1000))` the way back.
public struct DaprTimestamp: Sendable, Hashable, Comparable {
    /// The milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted; within the years 0000 to 9999.
    public let millisecondsSince1970: Int64

    /// Makes a moment of a count of milliseconds since 1970; what lies outside the years 0000 to 9999, which RFC 3339 cannot write, becomes
    /// their first or last millisecond.
    public init(millisecondsSince1970 milliseconds: Int64) {
        let range = RFC3339.milliseconds
        millisecondsSince1970 = min(max(milliseconds, range.lowerBound), range.upperBound)
    }

    /// Reads RFC 3339 with any offset; `nil` for any other text.
    ///
    /// Digits after the third of a fraction are dropped.
    public init?(parsing text: String) {
        guard let milliseconds = RFC3339.milliseconds(parsing: text) else { return nil }
        self.init(millisecondsSince1970: milliseconds)
    }

    /// Whether one moment is before another.
    public static func < (left: DaprTimestamp, right: DaprTimestamp) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }
}

extension DaprTimestamp: CustomStringConvertible {
    /// The moment in RFC 3339 and UTC, with a fraction only where it has one: `2026-09-01T00:00:00Z`, `2026-09-01T00:00:00.250Z`.
    public var description: String {
        let (seconds, rest) = Int(millisecondsSince1970).flooredQuotientAndRemainder(dividingBy: 1000)
        let text = RFC3339.text(seconds: seconds)
        let fraction = String(rest)
        return rest == 0
            ? text + "Z" : text + "." + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction + "Z"
    }
}
