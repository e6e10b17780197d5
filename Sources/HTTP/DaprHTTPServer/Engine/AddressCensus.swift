internal import CDaprMicrohttpd
import Synchronization

/// Counts a server's open connections by client address, over all its loops.
///
/// An IPv6 client is counted by its 64-bit network, because it can use any address within it. Exempt addresses are not
/// counted.
final class AddressCensus: Sendable {
    struct Key: Hashable {
        let high: UInt64
        let low: UInt64
    }

    private let limit: Int
    private let exempt: [AddressRange]
    private let counts = Mutex<[Key: Int]>([:])

    init(limit: Int, exempt: [AddressRange]) {
        self.limit = limit
        self.exempt = exempt
    }

    /// The key that `address` counts under; `nil` for an exempt address, which may open any number of connections.
    func key(_ address: AddressRange) -> Key? {
        if exempt.contains(where: { $0.contains(address) }) { return nil }
        return Key(high: address.high, low: address.isFour ? address.low : 0)
    }

    /// Whether `key` is below the limit, so that one more connection is allowed.
    func hasRoom(for key: Key) -> Bool { counts.withLock { $0[key, default: 0] < limit } }

    func entered(_ key: Key) { counts.withLock { $0[key, default: 0] += 1 } }

    func left(_ key: Key) {
        counts.withLock { counts in
            let count = (counts[key] ?? 1) - 1
            counts[key] = count > 0 ? count : nil
        }
    }
}

/// A range of IP addresses, such as `10.0.0.0/8` or `fd00::/8`, or a single address.
package struct AddressRange: Sendable, Equatable {
    /// The address in two halves.
    ///
    /// An IPv4 address is mapped into IPv6 and keeps its own 32 bits at the end.
    let high: UInt64
    let low: UInt64
    /// The length of the common prefix in bits, counted in IPv6.
    private let bits: Int

    /// The loopback addresses of this machine.
    package static let loopback = ["127.0.0.0/8", "::1"].compactMap(AddressRange.init)

    /// Parses `text`; `nil` when it is neither a literal address nor a range.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        var address = cmhd_address()
        guard let first = parts.first, let literal = String(first) else { return nil }
        let family = unsafe cmhd_literal(literal, &address)
        guard family != 0 else { return nil }
        let whole = family == 4 ? 32 : 128
        var bits = whole
        if parts.count == 2 {
            guard let text = String(parts[1]), let number = Int(text), (0...whole).contains(number) else { return nil }
            bits = number
        }
        self.init(address, bits: bits + 128 - whole)
    }

    init(_ address: cmhd_address, bits: Int = 128) {
        high = address.high
        low = address.low
        self.bits = bits
    }

    var isFour: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether the first address of `other` is in this range.
    func contains(_ other: AddressRange) -> Bool {
        let highMask = bits >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(bits))
        let lowMask = bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        return (high ^ other.high) & highMask == 0 && (low ^ other.low) & lowMask == 0
    }
}
