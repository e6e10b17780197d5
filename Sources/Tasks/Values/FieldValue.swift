/// A field of a task as the outside world spells it, free of any format.
///
/// Doors (REST, MCP, events) map their format to these and back; what is allowed in them is decided here, once.
package enum FieldValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case list([FieldValue])
    /// Anything no field of a task can be: an object, a number with a fraction.
    case other
}

/// A field in a merge patch ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)): left alone, removed, or set.
package enum PatchField<Value: Hashable & Sendable>: Hashable, Sendable {
    case absent
    case null
    case value(Value)

    /// The field after the patch, when it was `current` before.
    package func merged(into current: Value?) -> Value? {
        switch self {
        case .absent: current
        case .null: nil
        case .value(let value): value
        }
    }

    /// The value that is set; nil when the field is absent or removed.
    package var value: Value? { merged(into: nil) }

    /// A patch that sets the value, or removes it when it is nil.
    package init(setting value: Value?) {
        self = value.map { .value($0) } ?? .null
    }
}
