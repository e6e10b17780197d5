internal import DaprText

extension JSONScanner {
    /// Consumes a string; the next byte has to be its opening quote.
    ///
    /// When `repairing`, U+FFFD stands for each byte that is not UTF-8 and for each lone surrogate, as in Go, instead of an error.
    mutating func string(_ bytes: Span<UInt8>, repairing: Bool = false) throws(JSONError) -> String {
        let start = index &+ 1
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            // Letters come first: nothing above the backslash needs a second look.
            if byte > Byte.backslash {
                place &+= 1
                continue
            }
            if byte == Byte.quote {
                do throws(UTF8.ValidationError) {
                    let text = String(copying: try UTF8Span(validating: bytes.extracting(start..<place)))
                    index = place &+ 1
                    return text
                } catch {
                    guard repairing else { throw .invalidUTF8(offset: start &+ error.byteOffsets.lowerBound) }
                    return try unescaped(bytes, from: start, repairing: true)
                }
            }
            if byte == Byte.backslash { return try unescaped(bytes, from: start, repairing: repairing) }
            if byte < 0x20 { throw .controlCharacter(byte, offset: place) }
            place &+= 1
        }
        throw .unexpectedEnd(offset: bytes.count)
    }

    /// Consumes a string of ASCII without escapes, and says where its bytes are; `nil`, with nothing consumed, for any other.
    @inline(__always)
    mutating func plainString(_ bytes: Span<UInt8>) -> Range<Int>? {
        let start = index + 1
        // It never is 0; said here, it spares the loop half of its checks of bounds.
        guard start > 0 else { return nil }
        var place = start
        var seen: UInt8 = 0
        while place < bytes.count {
            let byte = bytes[place]
            // Letters come first: nothing above the backslash needs a second look.
            if byte > Byte.backslash {
                seen |= byte
                place += 1
                continue
            }
            if byte == Byte.quote {
                guard seen < 0x80 else { return nil }
                index = place &+ 1
                return start..<place
            }
            guard byte >= 0x20, byte != Byte.backslash else { return nil }
            place += 1
        }
        return nil
    }

    /// Consumes a member's name; the next byte has to be its opening quote.
    @inline(__always)
    mutating func key(_ bytes: Span<UInt8>) throws(JSONError) -> JSONKey {
        let start = index &+ 1
        let text = try string(bytes)
        let end = index &- 1
        // Every escape is longer than what it stands for, so the same length means the same bytes.
        guard text.utf8.count == end &- start else { return JSONKey(text) }
        return JSONKey(text, utf8: bytes.extracting(start..<end))
    }

    /// Consumes a string byte by byte, from after its opening quote.
    private mutating func unescaped(
        _ bytes: Span<UInt8>,
        from start: Int,
        repairing: Bool
    ) throws(JSONError) -> String {
        var text: [UInt8] = []
        index = start
        while true {
            let byte = try next(bytes)
            switch byte {
            case Byte.quote:
                index &+= 1
                return String(decoding: text, as: UTF8.self)
            case Byte.backslash:
                try escape(bytes, into: &text, repairing: repairing)
            case ..<0x20:
                throw .controlCharacter(byte, offset: index)
            case ..<0x80:
                text.append(byte)
                index &+= 1
            default:
                let length = Self.sequenceLength(bytes, at: index)
                if length > 0 {
                    for offset in index..<index &+ length { text.append(bytes[offset]) }
                    index &+= length
                } else {
                    guard repairing else { throw .invalidUTF8(offset: index) }
                    text.append(contentsOf: Byte.replacement)
                    index &+= 1
                }
            }
        }
    }

    /// Consumes one escape, or the two of a surrogate pair.
    private mutating func escape(
        _ bytes: Span<UInt8>,
        into text: inout [UInt8],
        repairing: Bool
    ) throws(JSONError) {
        let start = index
        guard start &+ 1 < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
        index &+= 2
        switch bytes[start &+ 1] {
        case Byte.quote: text.append(Byte.quote)
        case Byte.backslash: text.append(Byte.backslash)
        case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case Byte.lowerU:
            let unit = try codeUnit(bytes, escapeAt: start)
            if let scalar = Unicode.Scalar(unit) {
                text.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? Byte.replacement)
            } else if let low = try lowSurrogate(bytes, after: unit) {
                let value = 0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00)
                let scalar = Unicode.Scalar(value) ?? "\u{fffd}"
                text.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? Byte.replacement)
            } else {
                guard repairing else { throw .loneSurrogate(offset: start) }
                text.append(contentsOf: Byte.replacement)
            }
        default: throw .invalidEscape(offset: start)
        }
    }

    /// Consumes the four hexadecimal digits of a `\u` escape.
    private mutating func codeUnit(_ bytes: Span<UInt8>, escapeAt start: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Hexadecimal.value(of: try next(bytes)) else { throw .invalidEscape(offset: start) }
            unit = unit << 4 | UInt16(digit)
            index &+= 1
        }
        return unit
    }

    /// Consumes the escape of a low surrogate when one stands here and the unit before it was a high one.
    private mutating func lowSurrogate(_ bytes: Span<UInt8>, after unit: UInt16) throws(JSONError) -> UInt16? {
        let start = index
        guard UTF16.isLeadSurrogate(unit), start &+ 1 < bytes.count,
            bytes[start] == Byte.backslash, bytes[start &+ 1] == Byte.lowerU
        else { return nil }
        index &+= 2
        let low = try codeUnit(bytes, escapeAt: start)
        if UTF16.isTrailSurrogate(low) { return low }
        index = start
        return nil
    }

    /// How many bytes the UTF-8 sequence here takes; 0 when it is overlong, cut short, a surrogate or beyond U+10FFFF.
    private static func sequenceLength(_ bytes: Span<UInt8>, at start: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[start] {
        case 0x00...0x7f: return 1
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return 0
        }
        guard bytes.count &- start >= length, second.contains(bytes[start &+ 1]) else { return 0 }
        for offset in 2..<max(2, length) where !(0x80...0xbf).contains(bytes[start &+ offset]) { return 0 }
        return length
    }
}
