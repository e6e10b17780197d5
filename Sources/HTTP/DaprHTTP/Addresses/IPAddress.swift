/// An IP address; one of IPv4 is represented as IPv6 maps it (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2).
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The first 64 bits, which name an IPv6 network.
    package let high: UInt64
    /// The last 64 bits; the address itself is in the last 32 of IPv4.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The longest literal: six groups of four digits and an IPv4 address.
    private static let longest = 45

    /// Parses a literal address, as `inet_pton` does: no name, port, zone, bracket or blank, and no zeros before a
    /// decimal number; `nil` for anything else.
    package init?(_ text: some Collection<UInt8>) {
        guard text.count <= IPAddress.longest else { return nil }
        let bytes = Array(text)
        if bytes.contains(UInt8(ascii: ":")) {
            guard let groups = IPAddress.groups(of: bytes) else { return nil }
            high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
            low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
        } else {
            guard let four = IPAddress.four(bytes[...]) else { return nil }
            high = 0
            low = 0xFFFF << 32 | UInt64(four)
        }
    }

    /// Parses a literal address.
    package init?(_ text: String) { self.init(text.utf8) }

    /// Whether it is an address of IPv4.
    package var isFour: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What a client at this address is counted by: the address, or the 64-bit network of an IPv6 client, which may use
    /// any address in it.
    package var counted: IPAddress { isFour ? self : IPAddress(high: high, low: 0) }

    /// The address as a literal: `192.0.2.1`, or eight groups of IPv6.
    package var description: String {
        if isFour { return [24, 16, 8, 0].map { String(low >> $0 & 0xFF) }.joined(separator: ".") }
        return [high, low].flatMap { half in [48, 32, 16, 0].map { String(half >> $0 & 0xFFFF, radix: 16) } }
            .joined(separator: ":")
    }

    /// The 32 bits of `192.0.2.1`.
    private static func four(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let number = decimal(part), number <= 255 else { return nil }
            address = address << 8 | UInt32(number)
        }
        return address
    }

    /// The number that up to three digits make, without zeros before it.
    static func decimal(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(bytes.count), bytes.count == 1 || bytes.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }

    /// The eight groups of an IPv6 address, the zeros that `::` stands for among them.
    private static func groups(of bytes: [UInt8]) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        var groups: [UInt16] = []
        var gap: Int?
        var rest = bytes[...]
        if rest.starts(with: "::".utf8) {
            gap = 0
            rest.removeFirst(2)
        }
        while !rest.isEmpty {
            let piece = rest.prefix { $0 != colon }
            rest = rest[piece.endIndex...]
            if rest.isEmpty, piece.contains(UInt8(ascii: ".")) {
                guard let four = four(piece) else { return nil }
                groups += [UInt16(four >> 16), UInt16(four & 0xFFFF)]
                break
            }
            guard let group = group(piece), groups.count < 8 else { return nil }
            groups.append(group)
            guard !rest.isEmpty else { break }
            rest.removeFirst()
            // A single colon stands between two groups.
            guard let next = rest.first else { return nil }
            guard next == colon else { continue }
            guard gap == nil else { return nil }
            gap = groups.count
            rest.removeFirst()
        }
        guard let gap else { return groups.count == 8 ? groups : nil }
        guard groups.count < 8 else { return nil }
        groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
        return groups
    }

    /// The number that one to four hexadecimal digits make.
    private static func group(_ bytes: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(bytes.count) else { return nil }
        var number: UInt16 = 0
        for byte in bytes {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            number = number << 4 | UInt16(digit)
        }
        return number
    }
}
