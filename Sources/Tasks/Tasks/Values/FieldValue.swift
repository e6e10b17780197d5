/// A field's value as the client gave it, independent of the format.
///
/// Doors (REST, MCP, events) convert their formats to these values; the rules for them exist only once, in this module.
package enum FieldValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case list([FieldValue])
    /// A value that no field can have: an object, or a number with a fraction.
    case other
}
