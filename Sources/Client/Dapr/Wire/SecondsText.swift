internal import DaprText

/// A duration as seconds with a unit, such as `90s` or `1.5s`: one text that Go's durations and protobuf's JSON both read.
enum SecondsText {
    /// The text of a duration, in nanoseconds at the finest; what is finer is cut off.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = (attoseconds / 1_000_000_000).magnitude
        let sign = seconds < 0 || (seconds == 0 && attoseconds < 0 && nanoseconds > 0) ? "-" : ""
        if nanoseconds == 0 { return "\(sign)\(seconds.magnitude)s" }
        var digits = String(nanoseconds)
        digits = String(repeating: "0", count: max(0, 9 - digits.utf8.count)) + digits
        while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return "\(sign)\(seconds.magnitude).\(digits)s"
    }

    /// The duration of a text in this form, or `nil` for any other.
    static func duration(_ text: String) -> Duration? {
        guard text.utf8.last == UInt8(ascii: "s") else { return nil }
        var digits = text.droppingBytes(0, last: 1)
        let isNegative = digits.utf8.first == UInt8(ascii: "-")
        if isNegative { digits = digits.droppingBytes(1) }
        let parts = digits.splitBytes(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : "0"
        guard let whole = parts.first, isDigits(whole), isDigits(fraction), fraction.utf8.count <= 9,
            let seconds = Int64(whole),
            let nanoseconds = Int64(fraction + repeatElement("0", count: 9 - fraction.utf8.count))
        else { return nil }
        let duration = Duration.seconds(seconds) + .nanoseconds(nanoseconds)
        return isNegative ? .zero - duration : duration
    }

    /// Whole seconds, rounded up; `nil` when the duration is not positive or longer than the sidecar counts, 2^31 - 1.
    static func wholeSeconds(_ duration: Duration) -> Int? {
        let (whole, rest) = duration.components
        guard whole >= 0, rest >= 0, duration > .zero, whole < Int64(Int32.max) else { return nil }
        return Int(rest > 0 ? whole + 1 : whole)
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
