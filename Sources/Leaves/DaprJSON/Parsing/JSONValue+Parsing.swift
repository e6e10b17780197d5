extension JSONValue {
    /// Parses a text that holds one value, strictly by RFC 8259 and strictly in UTF-8.
    ///
    /// - Throws: The first fault, with its offset.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(bytes.span, limits)
    }

    /// Parses a text that holds one value, strictly by RFC 8259.
    ///
    /// - Throws: The first fault, with its offset in UTF-8 bytes.
    public init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        let utf8 = text.utf8
        try self.init(utf8.span, limits)
    }

    /// Parses the value at the beginning and says where it ends; the bytes after it are not looked at.
    ///
    /// The size limit counts all bytes.
    ///
    /// - Returns: The value, and how many bytes it takes from the beginning.
    /// - Throws: The first fault, with its offset.
    public static func parsingPrefix(
        of bytes: [UInt8],
        limits: JSONLimits = .standard
    ) throws(JSONError) -> (value: JSONValue, endOffset: Int) {
        let span = bytes.span
        var scanner = JSONScanner()
        try scanner.begin(span, limits)
        let value = try scanner.value(span, depth: limits.effectiveDepth, limit: limits.effectiveDepth)
        return (value, scanner.index)
    }

    private init(_ bytes: Span<UInt8>, _ limits: JSONLimits) throws(JSONError) {
        var scanner = JSONScanner()
        try scanner.begin(bytes, limits)
        self = try scanner.value(bytes, depth: limits.effectiveDepth, limit: limits.effectiveDepth)
        try scanner.end(bytes)
    }
}

extension JSONScanner {
    /// Consumes a value in which `depth` more levels may be opened.
    fileprivate mutating func value(_ bytes: Span<UInt8>, depth: Int, limit: Int) throws(JSONError) -> JSONValue {
        switch try next(bytes) {
        case Byte.quote:
            return .string(try string(bytes))
        case Byte.openBrace:
            guard depth > 0 else { throw .tooDeep(limit: limit, offset: index) }
            return .object(try object(bytes, depth: depth &- 1, limit: limit))
        case Byte.openBracket:
            guard depth > 0 else { throw .tooDeep(limit: limit, offset: index) }
            return .array(try array(bytes, depth: depth &- 1, limit: limit))
        case Byte.minus, Byte.zero...Byte.nine:
            return .number(try number(bytes))
        case UInt8(ascii: "t"):
            try literal("true", bytes)
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false", bytes)
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null", bytes)
            return .null
        default:
            throw unexpected(bytes)
        }
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int, limit: Int) throws(JSONError) -> [JSONValue] {
        if try open(closedBy: Byte.closeBracket, bytes) { return [] }
        var elements: [JSONValue] = []
        elements.reserveCapacity(4)
        repeat {
            elements.append(try value(bytes, depth: depth, limit: limit))
        } while try hasAnother(before: Byte.closeBracket, bytes)
        return elements
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int, limit: Int) throws(JSONError) -> JSONObject {
        if try open(closedBy: Byte.closeBrace, bytes) { return JSONObject() }
        var builder = JSONObject.Builder(noticesRepeats: refusesRepeatedNames)
        // Little, since a hostile text may hold very many small objects; the outermost is only one.
        builder.reserveCapacity(depth &+ 1 == limit ? 8 : 4)
        repeat {
            guard try next(bytes) == Byte.quote else { throw unexpected(bytes) }
            let start = index
            let key = try key(bytes)
            skipWhiteSpace(bytes)
            try expect(Byte.colon, bytes)
            skipWhiteSpace(bytes)
            let isNew = builder.append(key, try value(bytes, depth: depth, limit: limit))
            if !isNew, refusesRepeatedNames {
                // Read again, so that the usual case need not keep it.
                index = start
                throw .repeatedName(try string(bytes), offset: start)
            }
        } while try hasAnother(before: Byte.closeBrace, bytes)
        return builder.object()
    }
}
