/// Durations in the form of Go, which Dapr's files use: `500ms`, `1m30s`, `1.5h`.
package enum GoDuration {
    /// Parses a duration; `nil` when the text is not one or out of range.
    package static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var isNegative = false
        if let sign = rest.first, sign == "-" || sign == "+" {
            isNegative = sign == "-"
            rest = rest.dropFirst()
        }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { return nil }
        var nanoseconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits), digits.first != nil else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            guard let scale = units[String(unit)] else { return nil }
            rest = rest.dropFirst(unit.count)
            nanoseconds += number * scale
        }
        guard nanoseconds < 9e18 else { return nil }
        return .nanoseconds(Int64(isNegative ? -nanoseconds : nanoseconds))
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "\u{B5}s": 1e3, "\u{3BC}s": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// Writes a duration as Go does: `1m30s`, `500ms`, `0s`.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let total = Double(seconds) + Double(attoseconds) * 1e-18
        if total == 0 { return "0s" }
        if abs(total) < 1 {
            let milliseconds = total * 1000
            if abs(milliseconds) >= 1 { return trimmed(milliseconds) + "ms" }
            let microseconds = total * 1e6
            return abs(microseconds) >= 1 ? trimmed(microseconds) + "\u{B5}s" : trimmed(total * 1e9) + "ns"
        }
        var text = total < 0 ? "-" : ""
        let whole = seconds.magnitude
        if whole >= 3600 { text += "\(whole / 3600)h" }
        if whole >= 60 { text += "\(whole / 60 % 60)m" }
        return text + trimmed(Double(whole % 60) + Double(attoseconds.magnitude) * 1e-18) + "s"
    }

    private static func trimmed(_ number: Double) -> String {
        number == number.rounded() ? "\(Int64(number))" : "\(number)"
    }
}
