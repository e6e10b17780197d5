/// The members of an object, while they are encoded.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { encoder.append(.null, for: key) }

    func encode(_ value: String, forKey key: Key) throws { encoder.append(.string(value), for: key) }
    func encode(_ value: Bool, forKey key: Key) throws { encoder.append(.bool(value), for: key) }

    func encode(_ value: Double, forKey key: Key) throws {
        encoder.append(try encoder.number(value, value, at: key), for: key)
    }

    func encode(_ value: Int, forKey key: Key) throws { encoder.append(try encoder.integer(value, at: key), for: key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        encoder.append(try encoder.encoded(value, at: key), for: key)
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

    func encodeNil() throws { encoder.append(.null) }

    func encode<T: Encodable>(_ value: T) throws {
        encoder.append(try encoder.encoded(value, at: PathKey(index: encoder.elementCount)))
    }

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

    func encodeNil() throws { encoder.set(.null) }

    func encode(_ value: String) throws { encoder.set(.string(value)) }
    func encode(_ value: Int) throws { encoder.set(try encoder.integer(value, at: nil)) }
    func encode<T: Encodable>(_ value: T) throws { try encoder.encodeSelf(value) }
}
