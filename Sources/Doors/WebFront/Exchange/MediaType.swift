import DaprText

/// A media type without parameters, as in the `Content-Type` header (RFC 9110 section 8.3.1).
package struct MediaType: Hashable, Sendable {
    /// Lower-case `type/subtype`.
    package let essence: String

    package static let json = MediaType(essence: "application/json")
    /// A refusal by RFC 9457.
    package static let problem = MediaType(essence: "application/problem+json")
    package static let mergePatch = MediaType(essence: "application/merge-patch+json")
    /// A list of edits by RFC 6902.
    package static let jsonPatch = MediaType(essence: "application/json-patch+json")
    /// A single event, as the sidecar delivers it.
    package static let cloudEvent = MediaType(essence: "application/cloudevents+json")
    /// The type that `curl -d` sends unless told otherwise.
    package static let form = MediaType(essence: "application/x-www-form-urlencoded")

    private static let known = [json, cloudEvent, mergePatch, jsonPatch, form]

    /// Whether the type is JSON, by its name or its suffix (RFC 6839 section 3.1).
    package var isJSON: Bool { essence.utf8.elementsEqual(Self.json.essence.utf8) || essence.hasByteSuffix("+json") }

    private init(essence: String) {
        self.essence = essence
    }

    /// Parses a header's value; `nil` when it is not a media type, or names a character set other than UTF-8.
    package init?(header: String) {
        // Nearly every body has a known type in exactly this spelling.
        if let known = Self.known.first(where: { $0.essence.hasSameBytes(as: header) }) {
            self = known
            return
        }
        let parts = header.splitBytes(separator: ";", omittingEmptySubsequences: false)
        let essence = (parts.first ?? "").trimmingBlanks().lowercased()
        let names = essence.splitBytes(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy({ HTTPToken.isToken($0.utf8) }) else {
            return nil
        }
        for parameter in parts.dropFirst() {
            let pair = parameter.splitBytes(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair.first?.trimmingBlanks().lowercased(), name == "charset" else { continue }
            let value = pair.count == 2 ? pair[1].trimmingBlanks().lowercased() : ""
            guard ["utf-8", "\"utf-8\"", "utf8"].contains(value) else { return nil }
        }
        self.essence = essence
    }
}
