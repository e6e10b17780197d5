package import DaprJSON
package import Tasks

extension JSONObject {
    /// The members as the domain reads them.
    package var fields: [(name: String, value: FieldValue)] {
        map { (name: $0.key, value: FieldValue($0.value)) }
    }
}

extension FieldValue {
    /// Converts a value from a client.
    package init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let truth): self = .bool(truth)
        case .number(let number): self = number.intValue.map { .integer($0) } ?? .other
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { FieldValue($0) })
        case .object: self = .other
        }
    }
}
