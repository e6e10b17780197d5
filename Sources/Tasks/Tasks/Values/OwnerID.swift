import DaprText

/// The owner of a book of tasks: a token's `sub`.
package struct OwnerID: Hashable, Sendable, CustomStringConvertible {
    /// The owner's name as in the token.
    package let rawValue: String

    /// Accepts 1 to 255 bytes of UTF-8 without control characters; `nil` for anything else.
    package init?(_ rawValue: String) {
        guard (1...255).contains(rawValue.utf8.count), !rawValue.hasControlCharacter else { return nil }
        self.rawValue = rawValue
    }

    /// The owner as part of a state key: every byte but `A-Z a-z 0-9 . _ ~ @ -` becomes `%` and two hexadecimal digits.
    ///
    /// So neither `:` nor `||` can appear, and different owners have different keys.
    package var keyComponent: String {
        let bytes = rawValue.utf8Span.span
        if bytes.indices.allSatisfy({ OwnerID.staysAsItIs(bytes[$0]) }) { return rawValue }
        return PercentEncoding.encoded(rawValue, keeping: OwnerID.staysAsItIs)
    }

    private static func staysAsItIs(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "@"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package var description: String { rawValue }

    // By bytes, as keys compare: Swift's own comparison treats two spellings of "é" as one owner.
    package static func == (left: OwnerID, right: OwnerID) -> Bool {
        left.rawValue.hasSameBytes(as: right.rawValue)
    }

    package func hash(into hasher: inout Hasher) {
        let bytes = rawValue.utf8Span.span
        // Eight bytes at a time, because each call costs the same.
        var word: UInt64 = 0
        for place in bytes.indices {
            word = word << 8 | UInt64(bytes[place])
            if place & 7 == 7 {
                hasher.combine(word)
                word = 0
            }
        }
        hasher.combine(word)
        hasher.combine(bytes.count)
    }
}
