/// One fault in one field of a request.
package struct FieldFault: Hashable, Sendable {
    /// The field's name on the wire; an element of a list is named like `tags[3]`.
    package let field: String
    /// A code that stays the same over versions: one of ``FaultCode``, or a door's own.
    package let code: String
    /// What is wrong and what would be right, for people.
    package let message: String

    /// The most faults that anybody is told of; whoever looks for them may stop at one more.
    package static let toldLimit = 100

    package init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }

    /// Creates a fault with one of the codes of this module.
    package init(_ field: String, _ code: FaultCode, _ message: String) {
        self.init(field: field, code: code.rawValue, message: message)
    }

    /// The number of invalid fields in words, without a full stop.
    package static func summary(of faults: [FieldFault]) -> String {
        faults.count == 1 ? "One field is invalid" : "\(faults.count) fields are invalid"
    }
}

/// The codes of faults; clients may rely on them.
package enum FaultCode: String, CaseIterable, Sendable {
    case required
    case type
    case unknownField = "unknown_field"
    case readOnly = "read_only"
    case tooLong = "too_long"
    case tooMany = "too_many"
    case duplicate
    case notOneOf = "not_one_of"
    case notRFC3339 = "not_rfc3339"
    case controlCharacter = "control_character"
    case outOfRange = "out_of_range"
    case contradiction
    case noSuchPath = "no_such_path"
    case noSuchReference = "no_such_reference"
    case invalidToken = "invalid_token"
    case invalidCursor = "invalid_cursor"
    case invalidFilter = "invalid_filter"
    case invalidSearch = "invalid_search"

    /// What it means, in a sentence.
    package var meaning: String {
        switch self {
        case .required: "The field must have a value."
        case .type: "The value has another JSON type than the field."
        case .unknownField: "There is no such field or parameter."
        case .readOnly: "The service sets the field: leave it out; a replacement may also give it as it was read."
        case .tooLong: "The text has too many code points (Unicode scalars)."
        case .tooMany: "The list has too many elements."
        case .duplicate: "The element or parameter is there already."
        case .notOneOf: "The value is none of those that the message lists."
        case .notRFC3339: "The value is no date and time by RFC 3339."
        case .controlCharacter: "The text has control characters."
        case .outOfRange: "The number is too small or too large, or none at all."
        case .contradiction: "The field contradicts another."
        case .noSuchPath: "There is nothing at the path, as the edits before left the task."
        case .noSuchReference: "No earlier operation creates a task by this name."
        case .invalidToken: "The token was not made for this owner, or is not as it was."
        case .invalidCursor: "The cursor was not made for this list, with these filters and this order."
        case .invalidFilter: "The filter cannot be read: the message says where, and what was expected there."
        case .invalidSearch: "The search cannot be read: the message says where, and what was expected there."
        }
    }
}
