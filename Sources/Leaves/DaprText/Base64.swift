/// Base64 and base64url (RFC 4648, sections 4 and 5): no line breaks, and no white space.
package struct Base64: Sendable {
    private enum Padding {
        /// `=` fills the last four characters.
        case whole
        /// There is none.
        case none
        /// It may be left out, and nobody counts it.
        case ignored
    }

    private let alphabet: [UInt8]
    private let padding: Padding
    /// Whether bits behind the last byte may be set, so that several texts mean the same.
    private let ignoresSpareBits: Bool

    /// The standard alphabet with padding; each value has one spelling.
    package static let standard = Base64(standardAlphabet, .whole, ignoresSpareBits: false)

    /// The standard alphabet with padding, read as Go's `base64.StdEncoding` reads it.
    package static let go = Base64(standardAlphabet, .whole, ignoresSpareBits: true)

    /// The standard alphabet as headers of HTTP have it: padding may be missing.
    package static let header = Base64(standardAlphabet, .ignored, ignoresSpareBits: true)

    /// The alphabet for URLs without padding, as tokens have it; each value has one spelling.
    package static let url = Base64(letters + "-_".utf8, .none, ignoresSpareBits: false)

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let standardAlphabet = letters + "+/".utf8

    private init(_ alphabet: [UInt8], _ padding: Padding, ignoresSpareBits: Bool) {
        self.alphabet = alphabet
        self.padding = padding
        self.ignoresSpareBits = ignoresSpareBits
    }

    /// The text of some bytes.
    package func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        if padding == .whole {
            while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; `nil` for another character, a length or a padding that cannot be, or spare bits that count.
    package func decoded(_ text: Span<UInt8>) -> [UInt8]? {
        guard let length = lengthWithoutPadding(text), length % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length / 4 * 3 + 2)
        var bits: UInt32 = 0
        var count = 0
        for place in 0..<length {
            guard let value = value(of: text[place]) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return ignoresSpareBits || bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
    }

    /// The bytes of a text, by the same rules.
    package func decoded(_ text: String) -> [UInt8]? { decoded(text.utf8Span.span) }

    /// The bytes of a text, by the same rules.
    package func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? { decoded(text.span) }

    private func lengthWithoutPadding(_ text: Span<UInt8>) -> Int? {
        var length = text.count
        if padding == .none { return length }
        while length > 0, text[length - 1] == UInt8(ascii: "=") { length -= 1 }
        if padding == .whole, !text.count.isMultiple(of: 4) || text.count - length > 2 { return nil }
        return length
    }

    private func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case alphabet[62]: 62
        case alphabet[63]: 63
        default: nil
        }
    }
}
