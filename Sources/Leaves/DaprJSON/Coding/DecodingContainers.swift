/// The members of an object, for decoding.
struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ValueDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { decoder.members.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { decoder.member(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { decoder.isNull(try value(key)) }

    func decode(_ type: String.Type, forKey key: Key) throws -> String { try decoder.string(value(key), at: key) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoder.bool(value(key), at: key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoder.double(value(key), at: key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoder.float(value(key), at: key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoder.integer(value(key), at: key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try decoder.integer(value(key), at: key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try decoder.integer(value(key), at: key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try decoder.integer(value(key), at: key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decoder.integer(value(key), at: key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try decoder.integer(value(key), at: key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try decoder.integer(value(key), at: key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decoder.integer(value(key), at: key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decoder.integer(value(key), at: key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decoder.integer(value(key), at: key) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try decoder.decode(try value(key), at: key)
    }

    // Without these the standard library's own would look each key up three times.
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try decoder.string($0, at: key) }
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key).map { try decoder.bool($0, at: key) }
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key).map { try decoder.double($0, at: key) }
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try decoder.integer($0, at: key) }
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key).map { try decoder.decode($0, at: key) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try nested(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        superDecoder(PathKey.superclass)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        superDecoder(key)
    }

    private func superDecoder(_ key: some CodingKey) -> ValueDecoder {
        ValueDecoder(member: decoder.member(key.stringValue), parent: decoder, key: key)
    }

    private func nested(_ key: Key) throws -> ValueDecoder {
        ValueDecoder(decoder.text, node: try value(key), parent: decoder, key: key)
    }

    /// The node of a key, or `nil` when there is none or it is `null`.
    @inline(__always)
    private func present(_ key: Key) -> Int? {
        guard let node = decoder.member(key.stringValue), !decoder.isNull(node) else { return nil }
        return node
    }

    @inline(__always)
    private func value(_ key: Key) throws -> Int {
        guard let node = decoder.member(key.stringValue) else {
            throw DecodingError.keyNotFound(
                key,
                .init(codingPath: codingPath, debugDescription: "there is no key \"\(key.stringValue)\"")
            )
        }
        return node
    }
}

/// The elements of an array, for decoding one after the other.
///
/// No larger than what an existential holds without a box.
struct UnkeyedValues: UnkeyedDecodingContainer {
    let decoder: ValueDecoder
    private var node: Int
    private(set) var currentIndex = 0

    init(decoder: ValueDecoder) {
        self.decoder = decoder
        node = decoder.node &+ 1
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elementCount }
    var isAtEnd: Bool { currentIndex >= elementCount }
    private var elementCount: Int {
        if case .array(let count) = decoder.text.nodes[decoder.node].content { count } else { 0 }
    }

    mutating func decodeNil() throws -> Bool {
        guard decoder.isNull(try current(JSONValue?.self)) else { return false }
        advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let result: T = try decoder.decode(try current(type), at: PathKey(index: currentIndex))
        advance()
        return result
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try nested([String: JSONValue].self).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try nested([JSONValue].self).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try nested((any Decoder).self)
        advance()
        return decoder
    }

    private func nested(_ type: any Any.Type) throws -> ValueDecoder {
        ValueDecoder(decoder.text, node: try current(type), parent: decoder, key: PathKey(index: currentIndex))
    }

    private func current(_ type: any Any.Type) throws -> Int {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                .init(
                    codingPath: decoder.path(to: PathKey(index: currentIndex)),
                    debugDescription: "the array has \(elementCount) elements only"
                )
            )
        }
        return node
    }

    private mutating func advance() {
        node = decoder.text.nodes[node].next
        currentIndex += 1
    }
}

/// A decoder's own value.
struct SingleValue: SingleValueDecodingContainer {
    let decoder: ValueDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.isNull(decoder.node) }

    func decode(_ type: String.Type) throws -> String { try decoder.string(decoder.node, at: nil) }
    func decode(_ type: Int.Type) throws -> Int { try decoder.integer(decoder.node, at: nil) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decodeSelf(type) }
}
