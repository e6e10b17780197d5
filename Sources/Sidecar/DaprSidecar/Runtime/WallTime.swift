import DaprCalendar
import FoundationEssentials

/// A moment by the wall clock, in UTC.
package struct WallTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; the range ends in the year 2262.
    package var nanoseconds: Int64

    /// Creates a moment from nanoseconds since 1970.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Creates a moment from whole seconds since 1970, clamped to the representable range.
    package init(seconds: Int) {
        let product = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = product.overflow ? (seconds < 0 ? .min : .max) : product.partialValue
    }

    /// The current moment.
    package static func now() -> WallTime {
        let seconds = Date().timeIntervalSince1970
        return WallTime(nanoseconds: Int64(exactly: (seconds * 1_000_000_000).rounded()) ?? .max)
    }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int {
        Int(nanoseconds).flooredQuotientAndRemainder(dividingBy: 1_000_000_000).quotient
    }

    /// The moment `seconds` later, clamped to the representable range.
    package func adding(seconds: Int) -> WallTime {
        let sum = nanoseconds.addingReportingOverflow(WallTime(seconds: seconds).nanoseconds)
        return sum.overflow ? WallTime(nanoseconds: seconds < 0 ? .min : .max) : WallTime(nanoseconds: sum.partialValue)
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension WallTime {
    /// The moment as RFC 3339 in UTC with whole seconds: `2026-01-02T03:04:05Z`.
    package var rfc3339: String { RFC3339.text(seconds: seconds) + "Z" }

    /// The moment as SQL writes it, in UTC with whole seconds: `2026-01-02 03:04:05`.
    package var sql: String { RFC3339.text(seconds: seconds, separator: " ") }
}
