/// The values of a JSON text, found and checked but not made yet.
///
/// Decoding mostly asks for each value once and seldom for the names, so strings and trees are made for what is asked only.
/// The values are nodes in the order of the text: what is inside an array or object follows it at once.
struct IndexedText {
    /// Where bytes of a name or a string are.
    struct Piece {
        let start: Int
        let count: Int

        static let none = Piece(start: 0, count: 0)
    }

    enum Content {
        case null
        case bool(Bool)
        case number(JSONNumber)
        case string(Piece)
        case array(count: Int)
        case object(count: Int)
    }

    struct Node {
        /// The name, in an object.
        let name: Piece
        var content: Content
        /// The node after this one and what is inside it.
        var next: Int
    }

    /// The text, and behind it the strings that were written with escapes.
    private let bytes: [UInt8]
    let nodes: [Node]

    /// Parses a text as ``JSONValue/init(parsing:limits:)`` does, with the same errors.
    init(parsing json: [UInt8], _ limits: JSONLimits) throws(JSONError) {
        var indexer = TextIndexer(capacity: min(json.count / 8, 64))
        try indexer.text(json.span, limits)
        bytes = indexer.unescaped.isEmpty ? json : json + indexer.unescaped
        nodes = indexer.nodes
    }

    /// Takes a value apart.
    init(_ value: JSONValue) {
        var indexer = TextIndexer(capacity: 1)
        indexer.take(value)
        bytes = indexer.unescaped
        nodes = indexer.nodes
    }

    /// The string of a piece.
    @inline(__always)
    func string(_ piece: Piece) -> String {
        let span = bytes.span.extracting(piece.start..<piece.start &+ piece.count)
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: span))
        } catch {
            // Not for pieces that were parsed, which are valid.
            return String(decoding: bytes[piece.start..<piece.start &+ piece.count], as: UTF8.self)
        }
    }

    /// The node of the last member of a name, among those of an object.
    @inline(__always)
    func member(_ name: String, of object: Int, count: Int) -> Int? {
        let name = name.utf8Span.span
        let span = bytes.span
        var found: Int?
        var node = object &+ 1
        for _ in 0..<count {
            let piece = nodes[node].name
            if piece.count == name.count, Self.isEqual(span, piece.start, name) { found = node }
            node = nodes[node].next
        }
        return found
    }

    @inline(__always)
    private static func isEqual(_ bytes: Span<UInt8>, _ start: Int, _ name: Span<UInt8>) -> Bool {
        for index in name.indices where bytes[start &+ index] != name[index] { return false }
        return true
    }

    /// The nodes of an object's members by their names, the last of each name.
    func members(of object: Int, count: Int) -> JSONObject {
        var builder = JSONObject.Builder()
        var node = object &+ 1
        for _ in 0..<count {
            builder.append(JSONKey(string(nodes[node].name)), .integer(node))
            node = nodes[node].next
        }
        return builder.object()
    }

    /// The value of a node.
    func value(_ node: Int) -> JSONValue {
        switch nodes[node].content {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .number(let value): return .number(value)
        case .string(let piece): return .string(string(piece))
        case .array(let count):
            var elements: [JSONValue] = []
            elements.reserveCapacity(count)
            var node = node &+ 1
            for _ in 0..<count {
                elements.append(value(node))
                node = nodes[node].next
            }
            return .array(elements)
        case .object(let count):
            var builder = JSONObject.Builder()
            builder.reserveCapacity(count)
            var node = node &+ 1
            for _ in 0..<count {
                builder.append(JSONKey(string(nodes[node].name)), value(node))
                node = nodes[node].next
            }
            return .object(builder.object())
        }
    }
}
