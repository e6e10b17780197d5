/// A pattern for text: literal characters, `*` for any number of characters and `?` for any one.
///
/// A backslash makes the next character literal.
package struct FaultPattern: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The pattern as written.
    package let text: String
    private let parts: [Part]

    private enum Part: Hashable, Sendable {
        case byte(UInt8)
        case anyOne
        case anything
    }

    /// Parses a pattern; every text is a valid one.
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

    /// Creates a pattern from a literal in the source.
    package init(stringLiteral text: String) { self.init(text) }

    /// The pattern that matches `text` only.
    package static func exact(_ text: String) -> FaultPattern {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if scalar == "*" || scalar == "?" || scalar == "\\" { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return FaultPattern(escaped)
    }

    /// Whether `text` matches; takes at most time proportional to the product of both lengths.
    package func fits(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var (part, byte) = (0, 0)
        // The position after which the last `*` stands, and how much of the text that `*` takes so far.
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
