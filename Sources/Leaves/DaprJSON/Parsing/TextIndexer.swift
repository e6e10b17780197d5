/// Collects the nodes of an ``IndexedText``.
struct TextIndexer {
    private typealias Piece = IndexedText.Piece
    private typealias Node = IndexedText.Node

    private(set) var nodes: [IndexedText.Node] = []
    /// The bytes of the strings that are not in the text as they are.
    private(set) var unescaped: [UInt8] = []
    private var scanner = JSONScanner()

    init(capacity: Int) { nodes.reserveCapacity(capacity) }

    /// Goes through a text that holds one value.
    mutating func text(_ bytes: Span<UInt8>, _ limits: JSONLimits) throws(JSONError) {
        try scanner.begin(bytes, limits)
        try value(bytes, name: .none, depth: limits.effectiveDepth, limit: limits.effectiveDepth)
        try scanner.end(bytes)
    }

    /// Consumes a value in which `depth` more levels may be opened.
    private mutating func value(_ bytes: Span<UInt8>, name: Piece, depth: Int, limit: Int) throws(JSONError) {
        switch try scanner.next(bytes) {
        case Byte.quote:
            append(.string(try string(bytes)), name: name)
        case Byte.openBrace:
            guard depth > 0 else { throw .tooDeep(limit: limit, offset: scanner.index) }
            try object(bytes, name: name, depth: depth &- 1, limit: limit)
        case Byte.openBracket:
            guard depth > 0 else { throw .tooDeep(limit: limit, offset: scanner.index) }
            try array(bytes, name: name, depth: depth &- 1, limit: limit)
        case Byte.minus, Byte.zero...Byte.nine:
            append(.number(try scanner.number(bytes)), name: name)
        case UInt8(ascii: "t"):
            try scanner.literal("true", bytes)
            append(.bool(true), name: name)
        case UInt8(ascii: "f"):
            try scanner.literal("false", bytes)
            append(.bool(false), name: name)
        case UInt8(ascii: "n"):
            try scanner.literal("null", bytes)
            append(.null, name: name)
        default:
            throw scanner.unexpected(bytes)
        }
    }

    private mutating func array(_ bytes: Span<UInt8>, name: Piece, depth: Int, limit: Int) throws(JSONError) {
        let place = nodes.count
        var count = 0
        append(.array(count: 0), name: name)
        guard try !scanner.open(closedBy: Byte.closeBracket, bytes) else { return }
        repeat {
            try value(bytes, name: .none, depth: depth, limit: limit)
            count &+= 1
        } while try scanner.hasAnother(before: Byte.closeBracket, bytes)
        close(place, .array(count: count))
    }

    private mutating func object(_ bytes: Span<UInt8>, name: Piece, depth: Int, limit: Int) throws(JSONError) {
        let place = nodes.count
        var count = 0
        append(.object(count: 0), name: name)
        guard try !scanner.open(closedBy: Byte.closeBrace, bytes) else { return }
        repeat {
            guard try scanner.next(bytes) == Byte.quote else { throw scanner.unexpected(bytes) }
            let name = try string(bytes)
            scanner.skipWhiteSpace(bytes)
            try scanner.expect(Byte.colon, bytes)
            scanner.skipWhiteSpace(bytes)
            try value(bytes, name: name, depth: depth, limit: limit)
            count &+= 1
        } while try scanner.hasAnother(before: Byte.closeBrace, bytes)
        close(place, .object(count: count))
    }

    /// Consumes a string; the next byte has to be its opening quote.
    private mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> Piece {
        if let plain = scanner.plainString(bytes) { return Piece(start: plain.lowerBound, count: plain.count) }
        let start = scanner.index &+ 1
        let text = try scanner.string(bytes)
        // Every escape is longer than what it stands for, so the same length means the same bytes.
        if text.utf8.count == scanner.index &- 1 &- start { return Piece(start: start, count: text.utf8.count) }
        return keep(text, after: bytes.count)
    }

    /// Keeps a string's bytes, which come after so many others.
    private mutating func keep(_ text: String, after count: Int) -> Piece {
        let piece = Piece(start: count &+ unescaped.count, count: text.utf8.count)
        unescaped.append(contentsOf: text.utf8)
        return piece
    }

    @inline(__always)
    private mutating func append(_ content: IndexedText.Content, name: Piece) {
        nodes.append(Node(name: name, content: content, next: nodes.count &+ 1))
    }

    private mutating func close(_ place: Int, _ content: IndexedText.Content) {
        nodes[place].content = content
        nodes[place].next = nodes.count
    }
}

extension TextIndexer {
    /// Takes a value apart, of which every string is kept.
    mutating func take(_ value: JSONValue, name: IndexedText.Piece = .none) {
        switch value {
        case .null: append(.null, name: name)
        case .bool(let value): append(.bool(value), name: name)
        case .number(let value): append(.number(value), name: name)
        case .string(let value): append(.string(keep(value, after: 0)), name: name)
        case .array(let elements):
            let place = nodes.count
            append(.array(count: elements.count), name: name)
            for element in elements { take(element) }
            close(place, .array(count: elements.count))
        case .object(let object):
            let place = nodes.count
            append(.object(count: object.count), name: name)
            for member in object.members { take(member.value, name: keep(member.key.text, after: 0)) }
            close(place, .object(count: object.count))
        }
    }
}
