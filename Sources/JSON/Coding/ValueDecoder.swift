/// A `Decoder` over one value of a tree.
final class ValueDecoder: Decoder {
    let value: JSONValue
    /// The members, when it is an object: here and not in the containers, which are copied more often than they are made.
    let object: JSONObject
    private let parent: ValueDecoder?
    private let key: (any CodingKey)?

    init(_ value: JSONValue, parent: ValueDecoder?, key: (any CodingKey)?) {
        self.value = value
        object = if case .object(let object) = value { object } else { JSONObject() }
        self.parent = parent
        self.key = key
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
        _ = try object(value, at: nil)
        return KeyedDecodingContainer(KeyedValues<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        UnkeyedValues(decoder: self, elements: try array(value, at: nil))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleValue(decoder: self) }

    /// Decodes this decoder's own value.
    func decodeSelf<T: Decodable>(_ type: T.Type) throws -> T {
        Self.isScalar(type) ? try scalar(value, at: nil) : try T(from: self)
    }

    /// Decodes a value below this one.
    @inline(__always)
    func decode<T: Decodable>(_ value: JSONValue, at key: @autoclosure () -> any CodingKey) throws -> T {
        Self.isScalar(T.self)
            ? try scalar(value, at: key()) : try T(from: ValueDecoder(value, parent: self, key: key()))
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
    private func scalar<T>(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> T {
        if T.self == String.self, let result = try string(value, at: key()) as? T { return result }
        if T.self == Int.self, let result = try integer(value, as: Int.self, at: key()) as? T { return result }
        if T.self == Bool.self, let result = try bool(value, at: key()) as? T { return result }
        if T.self == Double.self, let result = try double(value, at: key()) as? T { return result }
        if T.self == JSONValue.self, let result = value as? T { return result }
        if T.self == JSONObject.self, let result = try object(value, at: key()) as? T { return result }
        if T.self == Float.self, let result = try float(value, at: key()) as? T { return result }
        if T.self == Int64.self, let result = try integer(value, as: Int64.self, at: key()) as? T { return result }
        if T.self == Int32.self, let result = try integer(value, as: Int32.self, at: key()) as? T { return result }
        if T.self == Int16.self, let result = try integer(value, as: Int16.self, at: key()) as? T { return result }
        if T.self == Int8.self, let result = try integer(value, as: Int8.self, at: key()) as? T { return result }
        if T.self == UInt.self, let result = try integer(value, as: UInt.self, at: key()) as? T { return result }
        if T.self == UInt64.self, let result = try integer(value, as: UInt64.self, at: key()) as? T { return result }
        if T.self == UInt32.self, let result = try integer(value, as: UInt32.self, at: key()) as? T { return result }
        if T.self == UInt16.self, let result = try integer(value, as: UInt16.self, at: key()) as? T { return result }
        if T.self == UInt8.self, let result = try integer(value, as: UInt8.self, at: key()) as? T { return result }
        throw mismatch(value, T.self, at: key())
    }

    @inline(__always)
    func string(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> String {
        guard case .string(let string) = value else { throw mismatch(value, String.self, at: key()) }
        return string
    }

    @inline(__always)
    func bool(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> Bool {
        guard case .bool(let bool) = value else { throw mismatch(value, Bool.self, at: key()) }
        return bool
    }

    @inline(__always)
    func double(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> Double {
        guard case .number(let number) = value else { throw mismatch(value, Double.self, at: key()) }
        return number.doubleValue
    }

    @inline(__always)
    func float(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> Float {
        let float = Float(try double(value, at: key()))
        guard float.isFinite else { throw unfit(value, Float.self, at: key()) }
        return float
    }

    @inline(__always)
    func integer<T: FixedWidthInteger>(
        _ value: JSONValue,
        as type: T.Type = T.self,
        at key: @autoclosure () -> (any CodingKey)?
    ) throws -> T {
        guard case .number(let number) = value else { throw mismatch(value, type, at: key()) }
        guard let integer = number.intValue, let result = T(exactly: integer) else {
            throw unfit(value, type, at: key())
        }
        return result
    }

    @inline(__always)
    func object(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> JSONObject {
        guard case .object(let object) = value else { throw mismatch(value, [String: JSONValue].self, at: key()) }
        return object
    }

    @inline(__always)
    func array(_ value: JSONValue, at key: @autoclosure () -> (any CodingKey)?) throws -> [JSONValue] {
        guard case .array(let array) = value else { throw mismatch(value, [JSONValue].self, at: key()) }
        return array
    }

    private func mismatch(_ value: JSONValue, _ type: any Any.Type, at key: (any CodingKey)?) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path(to: key),
            debugDescription: "expected \(type), found \(value.kind)"
        )
        return value.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func unfit(_ value: JSONValue, _ type: any Any.Type, at key: (any CodingKey)?) -> DecodingError {
        .dataCorrupted(
            .init(codingPath: path(to: key), debugDescription: "the number \(value) does not fit in \(type)")
        )
    }
}

extension JSONValue {
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
