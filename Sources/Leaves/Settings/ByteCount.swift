/// A number of bytes, never negative.
package struct ByteCount: Hashable, Comparable, Sendable {
    /// The number.
    package let bytes: Int

    /// No byte at all.
    package static let zero = ByteCount(0)

    private static let units: [(suffix: String, size: Int)] = [
        ("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10), ("T", 1_000_000_000_000),
        ("G", 1_000_000_000), ("M", 1_000_000), ("k", 1000), ("K", 1000),
    ]

    /// Makes a number of bytes; a negative one becomes zero.
    package init(_ bytes: Int) { self.bytes = max(0, bytes) }

    /// A number of KiB, 1,024 bytes each.
    package static func kibibytes(_ count: Int) -> Self { Self(count << 10) }

    /// A number of MiB, 1,024 KiB each.
    package static func mebibytes(_ count: Int) -> Self { Self(count << 20) }

    /// Reads a size as a Kubernetes quantity: `1500`, `64Ki`, `4Mi`, `1.5Gi`, `10M`; `nil` for anything else.
    package init?(parsing text: String) {
        var rest = text[...].utf8
        guard let number = DecimalText(takingFrom: &rest) else { return nil }
        let suffix = String(Substring(rest))
        let unit = suffix.isEmpty ? 1 : Self.units.first { $0.suffix == suffix }?.size
        guard let unit, let bytes = number.times(Int128(unit)).flatMap({ Int(exactly: $0) }) else { return nil }
        self.init(bytes)
    }

    /// The size in the largest unit that leaves no rest: `4Mi`, `1500`.
    package var text: String {
        guard
            let unit = Self.units.first(where: { $0.suffix.hasSuffix("i") && bytes >= $0.size && bytes % $0.size == 0 })
        else { return String(bytes) }
        return "\(bytes / unit.size)\(unit.suffix)"
    }

    package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}
