/// Texts without what people ignore when they look for one: case and accents.
///
/// A text is decomposed (NFD), its marks are dropped (scalars with a combining class), and its case is folded in full, scalar by scalar: `Straße`
/// is `strasse`, `Ὀδυσσεύς` is `οδυσσευσ`, `Å` is `a`. No language is taken into account, so `ö` is `o` and `İ` is `i`, and what is a letter
/// of its own stays one: `ø`, `ł`, `ı`. Forms for compatibility stay as well (`①`, full-width `Ａ` becomes `ａ`).
package enum TextFold {
    /// The folded text; folding that again changes nothing.
    package static func folded(_ text: String) -> String {
        let bytes = text.utf8Span.span
        var all: UInt8 = 0
        var hasCapital = false
        for place in bytes.indices {
            all |= bytes[place]
            hasCapital = hasCapital || bytes[place] &- 0x41 < 26
        }
        if all < 0x80 { return hasCapital ? text.lowercased() : text }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        _ = forEach(in: text) { scalar in
            if scalar < 0x80 {
                output.append(UInt8(truncatingIfNeeded: scalar))
            } else if let scalar = Unicode.Scalar(scalar) {
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
            return true
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Gives the scalars of the folded text one after another, without making it, until the receiver has enough.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - body: Takes a scalar, and says whether it wants more.
    /// - Returns: Whether it wants more.
    @inline(__always)
    static func forEach(in text: String, _ body: (UInt32) -> Bool) -> Bool {
        let bytes = text.utf8Span.span
        var place = 0
        while place < bytes.count {
            let lead = bytes[place]
            if lead < 0x80 {
                place += 1
                guard body(UInt32(lead &- 0x41 < 26 ? lead | 0x20 : lead)) else { return false }
                continue
            }
            // A String's bytes are always well-formed UTF-8.
            let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            var scalar = UInt32(lead & (0x7F >> UInt8(length)))
            for offset in 1..<length { scalar = scalar << 6 | UInt32(bytes[place + offset] & 0x3F) }
            place += length
            guard FoldTable.shared.forEach(of: scalar, body) else { return false }
        }
        return true
    }
}
