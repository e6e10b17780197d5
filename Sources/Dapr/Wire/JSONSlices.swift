internal import JSON

/// Walks JSON text and cuts values out of it as bytes, without building them.
///
/// A bulk read answers many stored values inside one document; each is handed on exactly as it was sent, as a single read does,
/// so that no number or escape changes on the way. Only the structure is checked: brackets and quotes.
struct JSONSlices {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an array; the closure reads one element of it.
    ///
    /// False when the text is not an array.
    mutating func array(_ element: (inout JSONSlices) -> Bool) -> Bool {
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
    mutating func object(_ member: (inout JSONSlices, String) -> Bool) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let name = value().flatMap(Self.text), take(UInt8(ascii: ":")), member(&self, name) else {
                return false
            }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    /// The text of a value that was cut out, with its escapes resolved; `nil` when it is not a string.
    static func text(_ value: ArraySlice<UInt8>) -> String? {
        guard value.first == UInt8(ascii: "\"") else { return nil }
        // Why it is not a string does not matter to the caller, which takes it as absent.
        return (try? JSONValue(parsing: Array(value)))?.stringValue
    }

    /// Cuts out one value of any kind; `nil` where none begins or it does not end.
    mutating func value() -> ArraySlice<UInt8>? {
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
        return position > start ? bytes[start..<position] : nil
    }

    /// Whether nothing but white space is left.
    mutating func isAtEnd() -> Bool {
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
        position += 1
        while let byte = peek() {
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            // The byte behind a backslash never ends the string.
            if byte == UInt8(ascii: "\\"), position < bytes.count { position += 1 }
        }
        return false
    }

    private mutating func skipNested() -> Bool {
        var open: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                guard skipString() else { return false }
                continue
            case UInt8(ascii: "{"):
                open.append(UInt8(ascii: "}"))
            case UInt8(ascii: "["):
                open.append(UInt8(ascii: "]"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == byte else { return false }
            default:
                break
            }
            position += 1
            if open.isEmpty { return true }
        }
        return false
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\"")
    }
}
