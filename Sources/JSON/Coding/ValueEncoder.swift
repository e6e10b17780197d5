/// An `Encoder` that builds one value of a tree.
///
/// The kind of container that was asked for last is what the value becomes; the same kind asked for twice continues the same container.
final class ValueEncoder: Encoder {
    private enum Content {
        case nothing
        case value(JSONValue)
        case array
        case object
    }

    private let parent: ValueEncoder?
    private let key: (any CodingKey)?
    private var content = Content.nothing
    private var elements: [JSONValue] = []
    private var members = JSONObject.Builder()
    /// Containers and super encoders, which may still be written to: their values take their places at the end.
    private var children: [Child] = []

    private enum Child {
        case element(Int, ValueEncoder)
        case member(JSONKey, ValueEncoder)
    }

    init(parent: ValueEncoder?, key: (any CodingKey)?) {
        self.parent = parent
        self.key = key
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Put together when it is asked for, which is in errors.
    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var encoder: ValueEncoder? = self
        while let current = encoder {
            if let key = current.key { path.append(key) }
            encoder = current.parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedEncoding<Key>(encoder: beginObject()))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { UnkeyedEncoding(encoder: beginArray()) }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleEncoding(encoder: self) }

    func beginObject() -> ValueEncoder {
        if case .object = content { return self }
        begin(.object)
        return self
    }

    func beginArray() -> ValueEncoder {
        if case .array = content { return self }
        begin(.array)
        return self
    }

    private func begin(_ content: Content) {
        self.content = content
        elements = []
        members = JSONObject.Builder()
        children = []
    }

    /// The finished value; `nil` when nothing was encoded.
    func result() -> JSONValue? {
        switch content {
        case .nothing: return nil
        case .value(let value): return value
        case .array:
            for case .element(let index, let child) in children { elements[index] = child.result() ?? .object([:]) }
            return .array(elements)
        case .object:
            for case .member(let key, let child) in children { members.append(key, child.result() ?? .object([:])) }
            return .object(members.object())
        }
    }
}

extension ValueEncoder {
    var elementCount: Int { elements.count }

    func append(_ value: JSONValue) { elements.append(value) }

    func append(_ value: JSONValue, for key: some CodingKey) {
        members.append(JSONKey(key.stringValue), value)
    }

    /// An encoder whose value becomes the next element.
    func appendChild() -> ValueEncoder {
        let child = ValueEncoder(parent: self, key: PathKey(index: elements.count))
        children.append(.element(elements.count, child))
        elements.append(.null)
        return child
    }

    /// An encoder whose value becomes the member of a key.
    func appendChild(for key: some CodingKey) -> ValueEncoder {
        let child = ValueEncoder(parent: self, key: key)
        children.append(.member(JSONKey(key.stringValue), child))
        return child
    }

    /// Takes a value as this encoder's own.
    func set(_ value: JSONValue) { content = .value(value) }

    func encodeSelf<T: Encodable>(_ value: T) throws {
        if let scalar = try scalar(value, at: nil) { set(scalar) } else { try value.encode(to: self) }
    }

    /// Encodes a value below this one.
    @inline(__always)
    func encoded<T: Encodable>(_ value: T, at key: @autoclosure () -> any CodingKey) throws -> JSONValue {
        if let scalar = try scalar(value, at: key()) { return scalar }
        let child = ValueEncoder(parent: self, key: key())
        try value.encode(to: child)
        return child.result() ?? .object([:])
    }

    /// The value of one of the types that need no encoder of their own; `nil` for all others.
    @inline(never)
    private func scalar<T: Encodable>(
        _ value: T,
        at key: @autoclosure () -> (any CodingKey)?
    ) throws -> JSONValue? {
        if T.self == String.self, let value = value as? String { return .string(value) }
        if T.self == Int.self, let value = value as? Int { return try integer(value, at: key()) }
        if T.self == Bool.self, let value = value as? Bool { return .bool(value) }
        if T.self == Double.self, let value = value as? Double { return try number(value, value, at: key()) }
        if T.self == JSONValue.self, let value = value as? JSONValue { return value }
        if T.self == JSONObject.self, let value = value as? JSONObject { return .object(value) }
        if T.self == Float.self, let value = value as? Float {
            // By its text, so that 0.1 stays 0.1.
            return try number(Double(value.description) ?? Double(value), value, at: key())
        }
        if T.self == Int64.self, let value = value as? Int64 { return try integer(value, at: key()) }
        if T.self == Int32.self, let value = value as? Int32 { return try integer(value, at: key()) }
        if T.self == Int16.self, let value = value as? Int16 { return try integer(value, at: key()) }
        if T.self == Int8.self, let value = value as? Int8 { return try integer(value, at: key()) }
        if T.self == UInt.self, let value = value as? UInt { return try integer(value, at: key()) }
        if T.self == UInt64.self, let value = value as? UInt64 { return try integer(value, at: key()) }
        if T.self == UInt32.self, let value = value as? UInt32 { return try integer(value, at: key()) }
        if T.self == UInt16.self, let value = value as? UInt16 { return try integer(value, at: key()) }
        if T.self == UInt8.self, let value = value as? UInt8 { return try integer(value, at: key()) }
        return nil
    }

    @inline(__always)
    func integer<T: FixedWidthInteger>(_ value: T, at key: @autoclosure () -> (any CodingKey)?) throws -> JSONValue {
        guard let integer = Int(exactly: value), JSONNumber.isExact(integer) else {
            throw unwritable(value, "the integer is beyond 2^53, where numbers of JSON lose digits", at: key())
        }
        return .integer(integer)
    }

    @inline(__always)
    func number(_ value: Double, _ original: Any, at key: @autoclosure () -> (any CodingKey)?) throws -> JSONValue {
        guard let number = JSONNumber(value) else {
            throw unwritable(original, "JSON has no infinities and no NaN", at: key())
        }
        return .number(number)
    }

    private func unwritable(_ value: Any, _ reason: String, at key: (any CodingKey)?) -> EncodingError {
        let path = key.map { codingPath + [$0] } ?? codingPath
        return .invalidValue(value, .init(codingPath: path, debugDescription: reason + "; write it as a string"))
    }
}
