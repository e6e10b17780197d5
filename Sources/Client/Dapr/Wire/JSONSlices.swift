internal import DaprJSON

/// Walks JSON text and finds the places of values in it, without building them.
///
/// A bulk read answers many stored values inside one document; each is handed on exactly as it was sent, as a single read does,
/// so that no number or escape changes on the way. Only the structure is checked: brackets and quotes.
package struct JSONSlices {
    package let bytes: [UInt8]
    private var position = 0

    /// Begins at the first byte of a text.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an array; the closure reads one element of it.
    ///
    /// False when the text is not an array.
    package mutating func array(_ element: (inout JSONSlices) -> Bool) -> Bool {
        guard take(UInt8(ascii: "[")) else { return false }
        if take(UInt8(ascii: "]")) { return true }
        repeat {
            guard element(&self) else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]"))
    }

    /// Reads an object; the closure reads the value of one name.
    ///
    /// False when the text is not an object.
    package mutating func object(_ member: (inout JSONSlices, String) -> Bool) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let place = value(), let name = text(place), take(UInt8(ascii: ":")), member(&self, name) else {
                return false
            }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    /// Reads an object; the closure reads the value of the name at a place.
    ///
    /// False when the text is not an object, or a name of it has an escape: one that is looked for may be spelled so.
    package mutating func members(_ member: (inout JSONSlices, Range<Int>) -> Bool) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let place = value(), isPlainString(place), take(UInt8(ascii: ":")), member(&self, place) else {
                return false
            }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    /// Whether the string at a place is a word, byte by byte.
    package func string(_ place: Range<Int>, is word: String) -> Bool {
        guard place.count == word.utf8.count &+ 2 else { return false }
        let (text, word) = (bytes.span, word.utf8Span.span)
        for index in word.indices where text[place.lowerBound &+ 1 &+ index] != word[index] { return false }
        return true
    }

    private func isPlainString(_ place: Range<Int>) -> Bool {
        let text = bytes.span
        guard text[place.lowerBound] == UInt8(ascii: "\"") else { return false }
        for index in place where text[index] == UInt8(ascii: "\\") { return false }
        return true
    }

    /// The text of the value at a place, with its escapes resolved; `nil` when it is not a string.
    package func text(_ place: Range<Int>) -> String? {
        guard bytes[place.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = bytes.span.extracting((place.lowerBound + 1)..<(place.upperBound - 1))
        var isPlain = true
        for index in inner.indices where inner[index] == UInt8(ascii: "\\") || inner[index] < 0x20 { isPlain = false }
        // Why it is not a string does not matter to the caller, which takes it as absent.
        guard isPlain else { return (try? JSONValue(parsing: Array(bytes[place])))?.stringValue }
        guard let utf8 = try? UTF8Span(validating: inner) else { return nil }
        return String(copying: utf8)
    }

    /// The place of one value of any kind; `nil` where none begins or it does not end.
    package mutating func value() -> Range<Int>? {
        skipSpace()
        let start = position
        switch peek() {
        case UInt8(ascii: "\""):
            guard skipString() else { return nil }
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard skipNested() else { return nil }
        default:
            while let byte = peek(), !Self.endsScalar(byte) { position += 1 }
        }
        return position > start ? start..<position : nil
    }

    /// Whether nothing but white space is left.
    package mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), Self.isSpace(byte) { position += 1 }
    }

    private mutating func skipString() -> Bool {
        guard let end = Self.endOfString(position, bytes.span) else { return false }
        position = end
        return true
    }

    /// Where the string ends whose first quote stands at a place.
    @inline(__always)
    private static func endOfString(_ begin: Int, _ text: Span<UInt8>) -> Int? {
        var place = begin &+ 1
        while place < text.count {
            let byte = text[place]
            place &+= 1
            // Letters come first: nothing above the backslash needs a second look.
            if byte > UInt8(ascii: "\\") { continue }
            if byte == UInt8(ascii: "\"") { return place }
            // The byte behind a backslash never ends the string.
            if byte == UInt8(ascii: "\\") { place &+= 1 }
        }
        return nil
    }

    private mutating func skipNested() -> Bool {
        guard let end = Self.endOfNested(position, bytes.span) else { return false }
        position = end
        return true
    }

    /// Where the array or object ends whose bracket stands at a place.
    private static func endOfNested(_ begin: Int, _ text: Span<UInt8>) -> Int? {
        // What closes those that are open, the inner ones last.
        var open: [UInt8] = []
        var place = begin
        while place < text.count {
            let byte = text[place]
            switch byte {
            case UInt8(ascii: "\""):
                guard let end = endOfString(place, text) else { return nil }
                place = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                // Both are closed by the second after them.
                open.append(byte &+ 2)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == byte else { return nil }
                if open.isEmpty { return place &+ 1 }
            default: break
            }
            place &+= 1
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\"")
    }
}
