import DaprText

/// A span of time of up to 292 years either way, in nanoseconds.
package struct CELDuration: Sendable, Hashable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Parses a duration in Go's form: `1h30m`, `1.5s`, `-200ms`; `0` needs no unit.
    package init?(parsing text: String) {
        var rest = Substring(text)
        let isNegative = rest.utf8.first == UInt8(ascii: "-")
        if isNegative || rest.utf8.first == UInt8(ascii: "+") { rest = rest.droppingBytes(1) }
        if rest == "0" {
            self.init(nanoseconds: 0)
            return
        }
        guard !rest.isEmpty, rest.utf8.count < 128 else { return nil }
        var total: Int128 = 0
        while !rest.isEmpty {
            guard let part = Self.part(&rest) else { return nil }
            total += part
            guard total <= Int128(Int64.max) + 1 else { return nil }
        }
        guard let nanoseconds = Int64(exactly: isNegative ? -total : total) else { return nil }
        self.init(nanoseconds: nanoseconds)
    }

    /// The span in seconds, such as `5400s` or `1.5s`.
    package var text: String {
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        return "\(sign)\(magnitude / 1_000_000_000)\(Int64(magnitude % 1_000_000_000).fractionText)s"
    }

    private static let units: [(name: String, nanoseconds: Int128)] = [
        ("ns", 1), ("us", 1_000), ("\u{B5}s", 1_000), ("\u{3BC}s", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// Parses one number with its unit and removes it from the front.
    private static func part(_ rest: inout Substring) -> Int128? {
        var value: Int128 = 0
        var scale: Int128 = 1
        var hasDigits = false
        var isFraction = false
        while let scalar = rest.unicodeScalars.first, scalar.isDigit || (scalar == "." && !isFraction) {
            rest.unicodeScalars.removeFirst()
            if scalar == "." {
                isFraction = true
                continue
            }
            hasDigits = true
            // Excess digits are ignored after the point, and make the number too large before it.
            if isFraction, scale >= 1_000_000_000_000_000 { continue }
            value = value * 10 + Int128(scalar.value - 0x30)
            if isFraction { scale *= 10 }
            guard value <= Int128(UInt64.max) << 52 else { return nil }
        }
        guard hasDigits else { return nil }
        var name = ""
        while let scalar = rest.unicodeScalars.first, !scalar.isDigit, scalar != "." {
            name.unicodeScalars.append(scalar)
            rest.unicodeScalars.removeFirst()
        }
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        guard value / scale <= Int128(UInt64.max) else { return nil }
        let product = value.multipliedReportingOverflow(by: unit.nanoseconds)
        guard !product.overflow else { return nil }
        return product.partialValue / scale
    }
}
