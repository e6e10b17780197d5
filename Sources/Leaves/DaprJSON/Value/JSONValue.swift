/// Any value that JSON (RFC 8259) can write.
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number.
    case number(JSONNumber)
    /// A string.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Values by name.
    case object(JSONObject)

    /// A number from an integer, exact up to 2^53 in magnitude and the nearest double beyond.
    public static func integer(_ value: Int) -> Self { .number(JSONNumber(value)) }

    /// A number from a double; `null` for infinities and NaN, which JSON cannot write.
    public static func double(_ value: Double) -> Self { JSONNumber(value).map(Self.number) ?? .null }
}

extension JSONValue {
    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The string, or `nil` for any other kind.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The boolean, or `nil` for any other kind.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number when it is an integer that is kept exactly, or `nil`.
    public var intValue: Int? {
        if case .number(let value) = self { value.intValue } else { nil }
    }

    /// The number as a double, or `nil` for any other kind.
    public var doubleValue: Double? {
        if case .number(let value) = self { value.doubleValue } else { nil }
    }

    /// The elements, or `nil` for any other kind.
    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or `nil` for any other kind.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The value under a name; `nil` when there is none, or when this is no object.
    public subscript(_ key: String) -> JSONValue? {
        if case .object(let value) = self { value[key] } else { nil }
    }

    /// The element at an index; `nil` when there is none, or when this is no array.
    public subscript(_ index: Int) -> JSONValue? {
        guard case .array(let value) = self, value.indices.contains(index) else { return nil }
        return value[index]
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text.
    public var description: String { String(decoding: serialized(), as: UTF8.self) }
}
