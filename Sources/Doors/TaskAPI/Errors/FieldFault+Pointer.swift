import DaprText
import Tasks

extension FieldFault {
    /// Where the fault is in the body: a JSON pointer in the form of a URI fragment (RFC 6901 section 6), `#/tags/3` for
    /// `tags[3]`.
    var pointer: String {
        // Any name may be unknown, also an empty one, and one that looks like an element of a list.
        let isWhole = code.hasSameBytes(as: FaultCode.unknownField.rawValue)
        let steps = isWhole ? [field] : FieldFault.steps(field)  // None for the body as a whole.
        return steps.reduce("#") { $0 + "/" + PercentEncoding.encoded(JSONPointer.escaped($1)) }
    }

    /// The names and indexes of a field such as `operations[1].tags[3]`.
    private static func steps(_ field: String) -> [String] {
        field.utf8.split { [UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]")].contains($0) }
            .map { String(Substring($0)) }
    }
}
