import DaprCalendar

/// A moment between the years 1 and 9999, with nanosecond precision.
package struct CELTimestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970, UTC, rounded down.
    package let seconds: Int64
    /// Nanoseconds after that second, 0 to 999,999,999.
    package let nanos: Int64

    static let allowedSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Creates a moment; `nil` outside the years 1 to 9999 or when `nanos` is not less than a second.
    package init?(seconds: Int64, nanos: Int64 = 0) {
        guard Self.allowedSeconds.contains(seconds), (0..<1_000_000_000).contains(nanos) else { return nil }
        self.seconds = seconds
        self.nanos = nanos
    }

    /// Parses RFC 3339: `2026-01-02T03:04:05.678Z`, or with an offset such as `+02:00`.
    package init?(parsing text: String) {
        var reader = TimeReader(text)
        guard let days = reader.days(), reader.take("T") || reader.take("t"), let time = reader.time(),
            let nanos = reader.take(".") ? reader.fraction(digits: 9) : 0,
            let offset = reader.take("Z") || reader.take("z") ? 0 : reader.offset(), reader.isAtEnd
        else { return nil }
        self.init(seconds: Int64(days * 86_400 + time - offset), nanos: Int64(nanos))
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanos) < (right.seconds, right.nanos)
    }

    /// The moment in RFC 3339, UTC.
    package var text: String { RFC3339.text(seconds: Int(seconds)) + nanos.fractionText + "Z" }

    func adding(_ nanoseconds: Int64, _ function: Function) throws(CELError) -> Self {
        let total = Int128(seconds) * 1_000_000_000 + Int128(nanos) + Int128(nanoseconds)
        let remainder = (total % 1_000_000_000 + 1_000_000_000) % 1_000_000_000
        guard let whole = Int64(exactly: (total - remainder) / 1_000_000_000),
            let sum = Self(seconds: whole, nanos: Int64(remainder))
        else { throw .overflow(function.rawValue) }
        return sum
    }
}

extension Int64 {
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }

    /// The number as a fraction of a second, such as `.5`, without trailing zeros; empty for 0.
    var fractionText: String {
        guard self != 0 else { return "" }
        var digits = Substring(padded(9))
        while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return "." + digits
    }
}
