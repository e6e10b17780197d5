import DaprCalendar

/// A point in time, to the millisecond, in the years 0000 to 9999 of the Gregorian calendar, UTC.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    /// 1970-01-01T00:00:00Z.
    package static let epoch = Timestamp(clamping: 0)

    /// Creates a time from milliseconds since 1970; `nil` outside the years 0000 to 9999.
    package init?(milliseconds: Int64) {
        guard RFC3339.milliseconds.contains(milliseconds) else { return nil }
        self.milliseconds = milliseconds
    }

    /// Creates a time from milliseconds since 1970; outside the years 0000 to 9999 it becomes the nearest time within.
    package init(clamping milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, RFC3339.milliseconds.lowerBound), RFC3339.milliseconds.upperBound)
    }

    /// The time that is `difference` milliseconds later, kept within the range.
    package func advanced(byMilliseconds difference: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(difference)
        return Timestamp(clamping: overflow ? (difference < 0 ? .min : .max) : sum)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package var description: String { text }
}

// RFC 3339, https://www.rfc-editor.org/rfc/rfc3339#section-5.6
extension Timestamp {
    /// Parses a date-time such as `2026-01-02T03:04:05.678+01:00`; `nil` when it is malformed or its day does not
    /// exist.
    ///
    /// Digits after the third of a fraction are dropped. A leap second (`23:59:60` UTC) is read as the second after it.
    package init?(parsing text: String) {
        guard let milliseconds = RFC3339.milliseconds(parsing: text) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// The time in the form `2026-01-02T03:04:05.678Z`: always UTC, always three fractional digits.
    package var text: String {
        let text = utf8
        guard let characters = try? UTF8Span(validating: text.span) else { return "" }  // ASCII only.
        return String(copying: characters)
    }

    /// The bytes of ``text``.
    package var utf8: InlineArray<24, UInt8> { RFC3339.utf8(milliseconds: milliseconds) }
}
