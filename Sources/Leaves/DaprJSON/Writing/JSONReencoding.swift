/// Decodes JSON and encodes it again as Go's `encoding/json` does, which is what Dapr stores and sends on.
public enum JSONReencoding {
    /// What becomes of numbers.
    public enum Numbers: Sendable {
        /// Each becomes a double and its shortest text: `9007199254740993` is `9007199254740992`, `1e3` is `1000`; `1e400` is refused.
        case asDoubles
        /// Each keeps its text.
        case asWritten
    }

    /// The text with sorted keys and without white space; the last of equal keys wins, and `<`, `>`, `&`, U+2028 and U+2029 are escaped.
    ///
    /// Bytes that are not UTF-8 and lone surrogates become U+FFFD, as in Go.
    ///
    /// - Parameters:
    ///   - json: The text.
    ///   - numbers: What becomes of numbers.
    ///   - limits: How long and how deep the text may be.
    /// - Returns: The text as Dapr stores it.
    /// - Throws: The first fault of the text, with its offset.
    public static func reencoded(
        _ json: [UInt8],
        numbers: Numbers,
        limits: JSONLimits = .standard
    ) throws(JSONError) -> [UInt8] {
        let bytes = json.span
        var pass = Pass(numbers: numbers, limit: limits.effectiveDepth)
        pass.output.bytes.reserveCapacity(json.count)
        try pass.scanner.begin(bytes, limits)
        try pass.value(bytes, depth: limits.effectiveDepth)
        try pass.scanner.end(bytes)
        return pass.output.bytes
    }
}

/// One run through a text, which writes each value when it is read.
private struct Pass {
    let numbers: JSONReencoding.Numbers
    let limit: Int
    var scanner = JSONScanner()
    var output = SortingOutput()

    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        switch try scanner.next(bytes) {
        case Byte.quote:
            output.bytes.appendJSON(try scanner.string(bytes, repairing: true), escapingHTML: true)
        case Byte.openBrace:
            guard depth > 0 else { throw .tooDeep(limit: limit, offset: scanner.index) }
            try object(bytes, depth: depth &- 1)
        case Byte.openBracket:
            guard depth > 0 else { throw .tooDeep(limit: limit, offset: scanner.index) }
            try array(bytes, depth: depth &- 1)
        case Byte.minus, Byte.zero...Byte.nine:
            try number(bytes)
        case UInt8(ascii: "t"):
            try scanner.literal("true", bytes)
            output.bytes.append(contentsOf: "true".utf8)
        case UInt8(ascii: "f"):
            try scanner.literal("false", bytes)
            output.bytes.append(contentsOf: "false".utf8)
        case UInt8(ascii: "n"):
            try scanner.literal("null", bytes)
            output.bytes.append(contentsOf: "null".utf8)
        default:
            throw scanner.unexpected(bytes)
        }
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) {
        let token = try scanner.numberToken(bytes)
        switch numbers {
        case .asWritten:
            for offset in token.range { output.bytes.append(bytes[offset]) }
        case .asDoubles:
            let value = try JSONScanner.double(token, bytes)
            guard value.isFinite else { throw .numberOutOfRange(offset: token.range.lowerBound) }
            output.bytes.appendJSON(value)
        }
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        output.bytes.append(Byte.openBracket)
        if try !scanner.open(closedBy: Byte.closeBracket, bytes) {
            try value(bytes, depth: depth)
            while try scanner.hasAnother(before: Byte.closeBracket, bytes) {
                output.bytes.append(Byte.comma)
                try value(bytes, depth: depth)
            }
        }
        output.bytes.append(Byte.closeBracket)
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        let mark = output.mark
        output.bytes.append(Byte.openBrace)
        if try !scanner.open(closedBy: Byte.closeBrace, bytes) {
            repeat {
                guard try scanner.next(bytes) == Byte.quote else { throw scanner.unexpected(bytes) }
                let key = try scanner.string(bytes, repairing: true)
                scanner.skipWhiteSpace(bytes)
                try scanner.expect(Byte.colon, bytes)
                scanner.skipWhiteSpace(bytes)
                output.beginMember(key, escapingHTML: true)
                try value(bytes, depth: depth)
            } while try scanner.hasAnother(before: Byte.closeBrace, bytes)
        }
        output.endObject(mark)
    }
}
