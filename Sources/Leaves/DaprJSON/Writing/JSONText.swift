internal import DaprText

extension [UInt8] {
    /// Appends a string in quotes, escaped where RFC 8259 requires it, and `<>&` U+2028 U+2029 when asked.
    ///
    /// - Parameters:
    ///   - text: The string.
    ///   - escapingHTML: Whether to escape what HTML and JavaScript would take for their own.
    ///   - first: A byte to put before the string.
    ///   - last: A byte to put after it.
    mutating func appendJSON(
        _ text: String,
        escapingHTML: Bool,
        after first: UInt8? = nil,
        before last: UInt8? = nil
    ) {
        appendJSON(text.utf8Span.span, escapingHTML: escapingHTML, after: first, before: last)
    }

    /// Appends the string of these bytes, as above.
    mutating func appendJSON(
        _ bytes: Span<UInt8>,
        escapingHTML: Bool,
        after first: UInt8?,
        before last: UInt8?
    ) {
        if bytes.count <= 24, !escapingHTML {
            if appendShort(bytes, after: first, before: last) { return }
        } else if Self.isPlain(bytes, escapingHTML) {
            return appendQuoted(bytes, after: first, before: last)
        }
        appendEscaped(bytes, escapingHTML, after: first, before: last)
    }

    /// Appends bytes in quotes; `false`, with nothing appended, when one of them needs an escape.
    ///
    /// Looks and appends in one, which is faster for few bytes than a loop over many at a time and another.
    @inline(__always)
    private mutating func appendShort(_ bytes: Span<UInt8>, after first: UInt8?, before last: UInt8?) -> Bool {
        var isPlain = true
        append(addingCapacity: bytes.count &+ 4) { output in
            if let first { output.append(first) }
            output.append(Byte.quote)
            for place in bytes.indices {
                let byte = bytes[place]
                // Letters come first: nothing above the backslash needs an escape.
                if byte <= Byte.backslash, byte < 0x20 || byte == Byte.quote || byte == Byte.backslash {
                    isPlain = false
                    output.removeLast(place &+ (first == nil ? 1 : 2))
                    return
                }
                output.append(byte)
            }
            output.append(Byte.quote)
            if let last { output.append(last) }
        }
        return isPlain
    }

    /// Appends bytes in quotes as they are.
    @inline(__always)
    mutating func appendQuoted(_ bytes: Span<UInt8>, after first: UInt8?, before last: UInt8?) {
        append(addingCapacity: bytes.count &+ 4) { output in
            if let first { output.append(first) }
            output.append(Byte.quote)
            output.append(copying: bytes)
            output.append(Byte.quote)
            if let last { output.append(last) }
        }
    }

    /// Whether no byte needs an escape: a loop without a way out, so that the compiler takes many bytes at a time.
    @inline(__always)
    private static func isPlain(_ bytes: Span<UInt8>, _ escapingHTML: Bool) -> Bool {
        var found: UInt8 = 0
        if escapingHTML {
            for place in bytes.indices { found |= needsEscape(bytes[place]) | needsEscapeInHTML(bytes[place]) }
        } else {
            for place in bytes.indices { found |= needsEscape(bytes[place]) }
        }
        return found == 0
    }

    /// 1 for a byte that RFC 8259 wants escaped, otherwise 0.
    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> UInt8 {
        (byte < 0x20 ? 1 : 0) | (byte == Byte.quote ? 1 : 0) | (byte == Byte.backslash ? 1 : 0)
    }

    /// 1 for a byte that HTML or JavaScript may take for its own, otherwise 0: U+2028 and U+2029 are e2 80 a8 and e2 80 a9.
    @inline(__always)
    private static func needsEscapeInHTML(_ byte: UInt8) -> UInt8 {
        (byte == UInt8(ascii: "<") ? 1 : 0) | (byte == UInt8(ascii: ">") ? 1 : 0) | (byte == UInt8(ascii: "&") ? 1 : 0)
            | (byte == 0xe2 ? 1 : 0)
    }

    private mutating func appendEscaped(
        _ bytes: Span<UInt8>,
        _ escapingHTML: Bool,
        after first: UInt8?,
        before last: UInt8?
    ) {
        if let first { append(first) }
        append(Byte.quote)
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            guard Self.needsEscape(byte) | (escapingHTML ? Self.needsEscapeInHTML(byte) : 0) == 1 else {
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
                append(Hexadecimal.digit(bytes[place &+ 2] & 0x0f))
                place &+= 2
            default:
                append(contentsOf: #"\u00"#.utf8)
                append(Hexadecimal.digit(byte >> 4))
                append(Hexadecimal.digit(byte & 0x0f))
            }
            place &+= 1
        }
        append(Byte.quote)
        if let last { append(last) }
    }

    /// Appends `true` or `false`.
    @inline(__always)
    mutating func appendJSON(_ value: Bool) { append(contentsOf: (value ? "true" : "false").utf8) }

    /// Appends a value as ``JSONValue/serialized()`` writes it.
    mutating func appendJSON(_ value: JSONValue) {
        var writer = JSONWriter()
        swap(&writer.bytes, &self)
        writer.value(value)
        swap(&writer.bytes, &self)
    }

    /// Appends an integer's digits.
    mutating func appendJSON(_ value: Int) {
        if value >= 0, value < 10 { return append(Byte.zero &+ UInt8(truncatingIfNeeded: value)) }
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
        if appendShortDecimal(value.magnitude) { return }
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

    /// Appends a positive double that has up to four decimals and fewer than 15 digits; `false`, with nothing appended, for any other.
    ///
    /// Two decimals of up to 15 digits never read back as the same double, so the one that does is the shortest.
    private mutating func appendShortDecimal(_ value: Double) -> Bool {
        var scale = 1
        for decimals in 1...4 {
            scale &*= 10
            let scaled = (value * Double(scale)).rounded()
            guard scaled < 1e15 else { return false }
            guard scaled / Double(scale) == value else { continue }
            let (whole, fraction) = Int(scaled).quotientAndRemainder(dividingBy: scale)
            appendJSON(whole)
            append(Byte.point)
            var rest = fraction
            var unit = scale
            for _ in 0..<decimals {
                unit /= 10
                append(Byte.zero &+ UInt8(truncatingIfNeeded: rest / unit))
                rest %= unit
            }
            return true
        }
        return false
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

extension OutputSpan<UInt8> {
    /// Appends bytes in a loop that the compiler turns into one over many at a time, unlike one that appends each.
    @inline(__always)
    mutating func append(copying bytes: Span<UInt8>) {
        let start = count
        append(repeating: 0, count: bytes.count)
        var whole = mutableSpan
        for place in bytes.indices { whole[start &+ place] = bytes[place] }
    }
}
