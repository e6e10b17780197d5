extension Duration {
    /// The longest that Go's `time.Duration` holds: 2^63 - 1 nanoseconds.
    package static let goLongest = Duration.nanoseconds(Int64.max)

    private static let attosecondsByUnit: [(unit: String, attoseconds: Int128)] = [
        ("h", 3_600_000_000_000_000_000_000), ("m", 60_000_000_000_000_000_000), ("s", 1_000_000_000_000_000_000),
        ("ms", 1_000_000_000_000_000), ("us", 1_000_000_000_000), ("ns", 1_000_000_000),
    ]

    /// Reads a duration as Go writes it: decimal numbers with a unit each, `1h30m`, `1.5s`, `500ms`, `-2s`, and `0`.
    ///
    /// The units are `h`, `m`, `s`, `ms`, `us` (or `µs`) and `ns`. `nil` for anything else, and beyond Go's 290 years.
    package init?(goText text: String) {
        var rest = text[...].utf8
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        if rest.elementsEqual("0".utf8) {
            self = .zero
            return
        }
        var total: Int128 = 0
        while !rest.isEmpty {
            guard let number = DecimalText(takingFrom: &rest) else { return nil }
            let name = rest.prefix { $0 != UInt8(ascii: ".") && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(name.count)
            guard let unit = Self.attoseconds(ofUnit: String(Substring(name))), let part = number.times(unit) else {
                return nil
            }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow, sum <= Duration.goLongest.attoseconds else { return nil }
            total = sum
        }
        self.init(attoseconds: isNegative ? -total : total)
    }

    /// The duration as Go reads it, in the largest units that fit: `1h30m`, `500ms`, `0s`.
    package var goText: String {
        var rest = attoseconds.magnitude
        var text = ""
        for (unit, size) in Self.attosecondsByUnit where rest >= size.magnitude {
            text += "\(rest / size.magnitude)\(unit)"
            rest %= size.magnitude
        }
        if text.isEmpty { return "0s" }
        return self < .zero ? "-" + text : text
    }

    private static func attoseconds(ofUnit name: String) -> Int128? {
        let plain = name == "\u{B5}s" || name == "\u{3BC}s" ? "us" : name
        return attosecondsByUnit.first { $0.unit == plain }?.attoseconds
    }
}
