/// A member's name, ordered and compared by its UTF-8 bytes, with the first eight at hand.
///
/// Swift's strings compare by canonical equivalence; two names that differ in bytes are two members in JSON.
struct JSONKey: Sendable {
    let text: String
    /// The first eight bytes, the first one highest, filled up with zeros.
    let prefix: UInt64

    @inline(__always)
    init(_ text: String) { self.init(text, utf8: text.utf8Span.span) }

    /// Takes a text with its own bytes, which the caller has at hand.
    @inline(__always)
    init(_ text: String, utf8 bytes: Span<UInt8>) {
        self.text = text
        prefix = Self.prefix(of: bytes)
    }

    /// The first eight bytes of a text, the first one highest, filled up with zeros.
    @inline(__always)
    static func prefix(of bytes: Span<UInt8>) -> UInt64 {
        var prefix: UInt64 = 0
        let length = min(bytes.count, 8)
        for index in 0..<length { prefix = prefix &<< 8 | UInt64(bytes[index]) }
        return length == 0 ? 0 : prefix &<< (8 &* UInt64(8 &- length))
    }
}

extension JSONKey: Comparable {
    @inline(__always)
    static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.prefix == rhs.prefix ? isLess(lhs.text, rhs.text) : lhs.prefix < rhs.prefix
    }

    @inline(__always)
    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.prefix == rhs.prefix && lhs.text.utf8.count == rhs.text.utf8.count
            && (lhs.text.utf8.count <= 8 || isEqual(lhs.text, rhs.text))
    }

    private static func isLess(_ lhs: String, _ rhs: String) -> Bool {
        let leftBytes = lhs.utf8Span.span
        let rightBytes = rhs.utf8Span.span
        for index in 0..<min(leftBytes.count, rightBytes.count) where leftBytes[index] != rightBytes[index] {
            return leftBytes[index] < rightBytes[index]
        }
        return leftBytes.count < rightBytes.count
    }

    /// Compares what follows the eight bytes that are known to be equal, in texts of the same length.
    private static func isEqual(_ lhs: String, _ rhs: String) -> Bool {
        let leftBytes = lhs.utf8Span.span
        let rightBytes = rhs.utf8Span.span
        for index in 8..<leftBytes.count where leftBytes[index] != rightBytes[index] { return false }
        return true
    }
}

extension JSONKey: Hashable {
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
