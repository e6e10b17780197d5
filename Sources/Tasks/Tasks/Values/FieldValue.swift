/// A field of a request as a client spelled it, free of any format.
///
/// Doors (REST, MCP, events) map their format to these; what is allowed in them is decided here, once.
package enum FieldValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case list([FieldValue])
    /// Anything no field of a task can be: an object, a number with a fraction.
    case other
}
