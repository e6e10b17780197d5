import DaprText
import Tasks

extension FieldFault {
    /// Where the fault is in the body: a JSON pointer in the form of a URI fragment (RFC 6901 section 6), `#/tags/3` for
    /// `tags[3]`.
    var pointer: String {
        // Any name may be unknown, also an empty one, and one that looks like an element of a list.
        let isWhole = code.hasSameBytes(as: FaultCode.unknownField.rawValue)
        let steps = isWhole ? [field] : FieldFault.steps(field)  // None for the body as a whole.
        return steps.reduce("#") { $0 + "/" + FieldFault.escaped($1) }
    }

    /// The names and indexes of a field such as `operations[1].tags[3]`.
    private static func steps(_ field: String) -> [String] {
        field.utf8.split { [UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]")].contains($0) }
            .map { String(Substring($0)) }
    }

    private static func escaped(_ step: String) -> String {
        var escaped: [UInt8] = []
        for byte in step.utf8 {
            switch byte {
            case UInt8(ascii: "~"): escaped += "~0".utf8
            case UInt8(ascii: "/"): escaped += "~1".utf8
            default: escaped.append(byte)
            }
        }
        return PercentEncoding.encoded(String(decoding: escaped, as: UTF8.self))
    }
}
