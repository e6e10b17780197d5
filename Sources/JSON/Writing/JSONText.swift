extension [UInt8] {
    /// Appends a string in quotes, escaped where RFC 8259 requires it, and `<>&` U+2028 U+2029 when asked.
    mutating func appendJSON(_ text: String, escapingHTML: Bool) {
        let utf8 = text.utf8
        let bytes = utf8.span
        append(Byte.quote)
        var place = 0
        while place < bytes.count, !Self.needsEscape(bytes[place], escapingHTML) { place &+= 1 }
        if place == bytes.count {
            append(contentsOf: utf8)
        } else {
            appendEscaped(bytes, escapingHTML)
        }
        append(Byte.quote)
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8, _ escapingHTML: Bool) -> Bool {
        if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash { return true }
        guard escapingHTML else { return false }
        // U+2028 and U+2029 are e2 80 a8 and e2 80 a9.
        return byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&") || byte == 0xe2
    }

    private mutating func appendEscaped(_ bytes: Span<UInt8>, _ escapingHTML: Bool) {
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            guard Self.needsEscape(byte, escapingHTML) else {
                append(byte)
                place &+= 1
                continue
            }
            switch byte {
            case Byte.quote, Byte.backslash: append(contentsOf: [Byte.backslash, byte])
            case 0x08: append(contentsOf: #"\b"#.utf8)
            case 0x09: append(contentsOf: #"\t"#.utf8)
            case 0x0a: append(contentsOf: #"\n"#.utf8)
            case 0x0c: append(contentsOf: #"\f"#.utf8)
            case 0x0d: append(contentsOf: #"\r"#.utf8)
            case 0xe2:
                guard bytes.count &- place >= 3, bytes[place &+ 1] == 0x80, bytes[place &+ 2] & 0xfe == 0xa8 else {
                    append(byte)
                    break
                }
                append(contentsOf: #"\u202"#.utf8)
                append(Self.hexadecimalDigit(bytes[place &+ 2] & 0x0f))
                place &+= 2
            default:
                append(contentsOf: #"\u00"#.utf8)
                append(Self.hexadecimalDigit(byte >> 4))
                append(Self.hexadecimalDigit(byte & 0x0f))
            }
            place &+= 1
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? Byte.zero &+ value : UInt8(ascii: "a") &+ value &- 10
    }

    /// Appends an integer's digits.
    mutating func appendJSON(_ value: Int) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count
        var rest = value.magnitude
        repeat {
            first &-= 1
            digits[first] = Byte.zero &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if value < 0 { append(Byte.minus) }
        append(addingCapacity: 20) { output in
            for index in first..<digits.count { output.append(digits[index]) }
        }
    }

    /// Appends a finite double in its shortest form that reads back as itself, laid out as Go's `encoding/json` and ECMAScript do.
    ///
    /// Below 1e-6 and from 1e21 on that is `1.5e-7` and `1e+21`; between them there is no exponent.
    mutating func appendJSON(_ value: Double) {
        if value.magnitude < Double(JSONNumber.exactLimit), let integer = Int(exactly: value) {
            if integer == 0, value.sign == .minus { append(Byte.minus) }
            return appendJSON(integer)
        }
        if value < 0 { append(Byte.minus) }
        let (digits, point) = Self.shortestDigits(of: value)
        if value.magnitude < 1e-6 || value.magnitude >= 1e21 {
            append(digits[0])
            if digits.count > 1 {
                append(Byte.point)
                append(contentsOf: digits[1...])
            }
            append(Byte.lowerE)
            if point > 0 { append(Byte.plus) }
            appendJSON(point - 1)
        } else if point <= 0 {
            append(contentsOf: "0.".utf8)
            append(contentsOf: repeatElement(Byte.zero, count: -point))
            append(contentsOf: digits)
        } else if point >= digits.count {
            append(contentsOf: digits)
            append(contentsOf: repeatElement(Byte.zero, count: point - digits.count))
        } else {
            append(contentsOf: digits[..<point])
            append(Byte.point)
            append(contentsOf: digits[point...])
        }
    }

    /// The fewest digits d that read back as the magnitude of a double that is not zero, and the p for which it is 0.d × 10^p.
    private static func shortestDigits(of value: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point = 0
        var exponent = 0
        var isFraction = false
        var isExponent = false
        var isNegativeExponent = false
        for byte in value.magnitude.description.utf8 {
            switch byte {
            case Byte.point: isFraction = true
            case Byte.lowerE: isExponent = true
            case Byte.minus: isNegativeExponent = true
            case Byte.zero...Byte.nine where isExponent: exponent = exponent * 10 + Int(byte - Byte.zero)
            case Byte.zero...Byte.nine:
                if !digits.isEmpty || byte != Byte.zero { digits.append(byte) }
                if !isFraction, !digits.isEmpty { point += 1 }
                if isFraction, digits.isEmpty { point -= 1 }
            default: break
            }
        }
        while digits.count > 1, digits.last == Byte.zero { digits.removeLast() }
        return (digits.isEmpty ? [Byte.zero] : digits, point + (isNegativeExponent ? -exponent : exponent))
    }
}
