/// The members of an object, while they are encoded.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { encoder.member(key) { $0.append(contentsOf: "null".utf8) } }

    func encode(_ value: String, forKey key: Key) throws {
        encoder.member(key) { $0.appendJSON(value, escapingHTML: false) }
    }

    func encode(_ value: Bool, forKey key: Key) throws { encoder.member(key) { $0.appendJSON(value) } }

    func encode(_ value: Double, forKey key: Key) throws {
        let value = try encoder.finite(value, value, at: key)
        encoder.member(key) { $0.appendJSON(value) }
    }

    func encode(_ value: Int, forKey key: Key) throws {
        let value = try encoder.exact(value, at: key)
        encoder.member(key) { $0.appendJSON(value) }
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder.encodeMember(value, key) }

    // Without these the standard library's own would find the way here twice.
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { if let value { try encode(value, forKey: key) } }
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { if let value { try encode(value, forKey: key) } }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { if let value { try encode(value, forKey: key) } }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { if let value { try encode(value, forKey: key) } }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        if let value { try encoder.encodeMember(value, key) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        encoder.appendChild(for: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.appendChild(for: key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { encoder.appendChild(for: PathKey.superclass) }

    func superEncoder(forKey key: Key) -> any Encoder { encoder.appendChild(for: key) }
}

/// The elements of an array, while they are encoded.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.elementCount }

    func encodeNil() throws { encoder.appendNull() }

    func encode<T: Encodable>(_ value: T) throws { try encoder.encodeElement(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        encoder.appendChild().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.appendChild().unkeyedContainer() }

    func superEncoder() -> any Encoder { encoder.appendChild() }
}

/// An encoder's own value.
struct SingleEncoding: SingleValueEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() throws { encoder.set { $0.append(contentsOf: "null".utf8) } }

    func encode(_ value: String) throws { encoder.set { $0.appendJSON(value, escapingHTML: false) } }

    func encode(_ value: Int) throws {
        let value = try encoder.exact(value, at: nil)
        encoder.set { $0.appendJSON(value) }
    }

    func encode<T: Encodable>(_ value: T) throws { try encoder.encodeSelf(value) }
}
