/// A `Decoder` over one value of a text.
final class ValueDecoder: Decoder {
    let text: IndexedText
    let node: Int
    private let parent: ValueDecoder?
    private let key: (any CodingKey)?
    /// The nodes of the members by name, when there are many.
    private(set) lazy var members = text.members(of: node, count: memberCount)

    /// Up to this many members are looked through, which is faster than to sort them.
    private static let searchLimit = 16
    private static let nothing = IndexedText(.null)

    init(_ text: IndexedText, node: Int = 0, parent: ValueDecoder? = nil, key: (any CodingKey)? = nil) {
        self.text = text
        self.node = node
        self.parent = parent
        self.key = key
    }

    /// A decoder of the value of one of this one's members, or of `null` when there is none.
    convenience init(member node: Int?, parent: ValueDecoder, key: any CodingKey) {
        self.init(node == nil ? Self.nothing : parent.text, node: node ?? 0, parent: parent, key: key)
    }

    private var memberCount: Int {
        if case .object(let count) = text.nodes[node].content { count } else { 0 }
    }

    /// The node of the member of a name.
    @inline(__always)
    func member(_ name: String) -> Int? {
        let count = memberCount
        return count > Self.searchLimit ? members[name]?.intValue : text.member(name, of: node, count: count)
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Put together when it is asked for, which is in errors.
    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var decoder: ValueDecoder? = self
        while let current = decoder {
            if let key = current.key { path.append(key) }
            decoder = current.parent
        }
        return path.reversed()
    }

    func path(to key: (any CodingKey)?) -> [any CodingKey] {
        key.map { codingPath + [$0] } ?? codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object = text.nodes[node].content else {
            throw mismatch(node, [String: JSONValue].self, at: nil)
        }
        return KeyedDecodingContainer(KeyedValues<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array = text.nodes[node].content else { throw mismatch(node, [JSONValue].self, at: nil) }
        return UnkeyedValues(decoder: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleValue(decoder: self) }

    /// Decodes this decoder's own value.
    func decodeSelf<T: Decodable>(_ type: T.Type) throws -> T {
        Self.isScalar(type) ? try scalar(node, at: nil) : try T(from: self)
    }

    /// Decodes a value below this one.
    @inline(__always)
    func decode<T: Decodable>(_ node: Int, at key: @autoclosure () -> any CodingKey) throws -> T {
        Self.isScalar(T.self)
            ? try scalar(node, at: key()) : try T(from: ValueDecoder(text, node: node, parent: self, key: key()))
    }
}

extension ValueDecoder {
    /// Whether a type needs no decoder of its own.
    @inline(__always)
    private static func isScalar<T>(_ type: T.Type) -> Bool {
        type == String.self || type == Int.self || type == Bool.self || type == Double.self || type == JSONValue.self
            || type == JSONObject.self || type == Float.self || type == Int64.self || type == Int32.self
            || type == Int16.self || type == Int8.self || type == UInt.self || type == UInt64.self
            || type == UInt32.self || type == UInt16.self || type == UInt8.self
    }

    /// The value as one of the types for which `isScalar` is true.
    ///
    /// On its own, since the casts cost every generic caller a look-up of `Optional<T>`, whether it comes to them or not;
    /// containers have methods of their own for the types that the compiler knows.
    @inline(never)
    private func scalar<T>(_ node: Int, at key: @autoclosure () -> (any CodingKey)?) throws -> T {
        if T.self == String.self, let result = try string(node, at: key()) as? T { return result }
        if T.self == Int.self, let result = try integer(node, as: Int.self, at: key()) as? T { return result }
        if T.self == Bool.self, let result = try bool(node, at: key()) as? T { return result }
        if T.self == Double.self, let result = try double(node, at: key()) as? T { return result }
        if T.self == JSONValue.self, let result = text.value(node) as? T { return result }
        if T.self == JSONObject.self, let result = try object(node, at: key()) as? T { return result }
        if T.self == Float.self, let result = try float(node, at: key()) as? T { return result }
        if T.self == Int64.self, let result = try integer(node, as: Int64.self, at: key()) as? T { return result }
        if T.self == Int32.self, let result = try integer(node, as: Int32.self, at: key()) as? T { return result }
        if T.self == Int16.self, let result = try integer(node, as: Int16.self, at: key()) as? T { return result }
        if T.self == Int8.self, let result = try integer(node, as: Int8.self, at: key()) as? T { return result }
        if T.self == UInt.self, let result = try integer(node, as: UInt.self, at: key()) as? T { return result }
        if T.self == UInt64.self, let result = try integer(node, as: UInt64.self, at: key()) as? T { return result }
        if T.self == UInt32.self, let result = try integer(node, as: UInt32.self, at: key()) as? T { return result }
        if T.self == UInt16.self, let result = try integer(node, as: UInt16.self, at: key()) as? T { return result }
        if T.self == UInt8.self, let result = try integer(node, as: UInt8.self, at: key()) as? T { return result }
        throw mismatch(node, T.self, at: key())
    }

    @inline(__always)
    func isNull(_ node: Int) -> Bool {
        if case .null = text.nodes[node].content { true } else { false }
    }

    @inline(__always)
    func string(_ node: Int, at key: @autoclosure () -> (any CodingKey)?) throws -> String {
        guard case .string(let piece) = text.nodes[node].content else { throw mismatch(node, String.self, at: key()) }
        return text.string(piece)
    }

    @inline(__always)
    func bool(_ node: Int, at key: @autoclosure () -> (any CodingKey)?) throws -> Bool {
        guard case .bool(let bool) = text.nodes[node].content else { throw mismatch(node, Bool.self, at: key()) }
        return bool
    }

    @inline(__always)
    func double(_ node: Int, at key: @autoclosure () -> (any CodingKey)?) throws -> Double {
        guard case .number(let number) = text.nodes[node].content else { throw mismatch(node, Double.self, at: key()) }
        return number.doubleValue
    }

    @inline(__always)
    func float(_ node: Int, at key: @autoclosure () -> (any CodingKey)?) throws -> Float {
        let float = Float(try double(node, at: key()))
        guard float.isFinite else { throw unfit(node, Float.self, at: key()) }
        return float
    }

    @inline(__always)
    func integer<T: FixedWidthInteger>(
        _ node: Int,
        as type: T.Type = T.self,
        at key: @autoclosure () -> (any CodingKey)?
    ) throws -> T {
        guard case .number(let number) = text.nodes[node].content else { throw mismatch(node, type, at: key()) }
        guard let integer = number.intValue, let result = T(exactly: integer) else {
            throw unfit(node, type, at: key())
        }
        return result
    }

    @inline(__always)
    func object(_ node: Int, at key: @autoclosure () -> (any CodingKey)?) throws -> JSONObject {
        guard case .object = text.nodes[node].content, case .object(let object) = text.value(node) else {
            throw mismatch(node, [String: JSONValue].self, at: key())
        }
        return object
    }

    private func mismatch(_ node: Int, _ type: any Any.Type, at key: (any CodingKey)?) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path(to: key),
            debugDescription: "expected \(type), found \(text.nodes[node].content.kind)"
        )
        return isNull(node) ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func unfit(_ node: Int, _ type: any Any.Type, at key: (any CodingKey)?) -> DecodingError {
        .dataCorrupted(
            .init(codingPath: path(to: key), debugDescription: "the number \(text.value(node)) does not fit in \(type)")
        )
    }
}

extension IndexedText.Content {
    /// What kind of value this is, in a reader's words.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
