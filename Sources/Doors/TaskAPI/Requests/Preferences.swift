import DaprHTTP
import DaprText

/// What a client prefers of the answer to a write: the header `Prefer` ([RFC 7240](https://www.rfc-editor.org/rfc/rfc7240)).
///
/// Preferences that the service does not know are passed over, as section 2 has it.
struct Preferences: Equatable {
    /// `return=minimal`: no task in the answer.
    private(set) var isMinimal = false
    /// `merge`: a change that is based on an older version is carried over to the task as it is.
    private(set) var merges = false

    init(_ request: HTTPRequest) {
        for line in request.headers.values("Prefer") {
            for element in line.splitBytes(separator: ",") {
                let preference = element.prefix(beforeByte: ";").trimmingBlanks().lowercased()
                if preference.hasSameBytes(as: "merge") { merges = true }
                if preference.hasSameBytes(as: "return=minimal") { isMinimal = true }
            }
        }
    }

    /// The header `Preference-Applied`, `nil` when no preference was heeded; `isBased` when a version was given that the
    /// change is based on.
    func applied(merging isBased: Bool) -> String? {
        let names = (isMinimal ? ["return=minimal"] : []) + (merges && isBased ? ["merge"] : [])
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }
}
