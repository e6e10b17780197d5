/// A range of IP addresses, such as `10.0.0.0/8` or `fd00::/8`, or a single address.
package struct AddressRange: Sendable, Equatable {
    private let first: IPAddress
    /// The length of the common prefix in bits, counted in IPv6.
    private let bits: Int

    /// The loopback addresses of this machine.
    package static let loopback = ["127.0.0.0/8", "::1"].compactMap(AddressRange.init)

    /// Parses `text`; `nil` when it is neither a literal address nor a range.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let literal = parts.first, let address = IPAddress(literal) else { return nil }
        let whole = literal.contains(UInt8(ascii: ":")) ? 128 : 32
        var bits = whole
        if parts.count == 2 {
            guard let number = IPAddress.decimal(parts[1]), number <= whole else { return nil }
            bits = number
        }
        first = address
        self.bits = bits + 128 - whole
    }

    /// Whether `address` is in this range.
    package func contains(_ address: IPAddress) -> Bool {
        let highMask = bits >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(bits))
        let lowMask = bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        return (first.high ^ address.high) & highMask == 0 && (first.low ^ address.low) & lowMask == 0
    }
}

extension [AddressRange] {
    /// Whether `address` is in one of the ranges.
    package func contain(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}
