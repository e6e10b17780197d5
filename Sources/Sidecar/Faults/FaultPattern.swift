/// A text to compare with: exact, or with `*` for any characters and `?` for any one.
///
/// A backslash takes the meaning from the character behind it.
package struct FaultPattern: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The pattern as it is written.
    package let text: String
    private let parts: [Part]

    private enum Part: Hashable, Sendable {
        case byte(UInt8)
        case anyOne
        case anything
    }

    /// Reads a pattern; every text is one.
    package init(_ text: String) {
        self.text = text
        var parts: [Part] = []
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                parts.append(.byte(byte))
                isEscaped = false
            } else {
                switch byte {
                case UInt8(ascii: "\\"): isEscaped = true
                case UInt8(ascii: "*"): parts.append(.anything)
                case UInt8(ascii: "?"): parts.append(.anyOne)
                default: parts.append(.byte(byte))
                }
            }
        }
        if isEscaped { parts.append(.byte(UInt8(ascii: "\\"))) }
        self.parts = parts
    }

    /// Reads a pattern that stands in the source.
    package init(stringLiteral text: String) { self.init(text) }

    /// The pattern that only this text fits.
    package static func exact(_ text: String) -> FaultPattern {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if scalar == "*" || scalar == "?" || scalar == "\\" { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return FaultPattern(escaped)
    }

    /// Whether a text fits; the time is at most the product of the two lengths.
    package func fits(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var (part, byte) = (0, 0)
        // Where the last `*` stands, and how much of the text it takes so far.
        var star: (part: Int, byte: Int)?
        while byte < bytes.count {
            if part < parts.count, parts[part] == .anything {
                star = (part, byte)
                part += 1
            } else if part < parts.count, parts[part] == .byte(bytes[byte]) {
                part += 1
                byte += 1
            } else if part < parts.count, parts[part] == .anyOne {
                part += 1
                repeat { byte += 1 } while byte < bytes.count && bytes[byte] & 0xC0 == 0x80
            } else if let last = star {
                star = (last.part, last.byte + 1)
                part = last.part + 1
                byte = last.byte + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .anything }
    }
}
