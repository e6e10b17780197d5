/// A request method by its name as sent; names are case-sensitive (RFC 9110 section 9).
package struct HTTPMethod: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let get = HTTPMethod(rawValue: "GET")
    package static let head = HTTPMethod(rawValue: "HEAD")
    package static let post = HTTPMethod(rawValue: "POST")
    package static let put = HTTPMethod(rawValue: "PUT")
    package static let patch = HTTPMethod(rawValue: "PATCH")
    package static let delete = HTTPMethod(rawValue: "DELETE")
    package static let options = HTTPMethod(rawValue: "OPTIONS")
    package static let trace = HTTPMethod(rawValue: "TRACE")
    package static let query = HTTPMethod(rawValue: "QUERY")

    /// Methods as in the header `Allow`: `GET, HEAD`.
    package static func list(_ methods: [HTTPMethod]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }

    /// Whether a server passes this method to its handler; others are answered 501.
    ///
    /// Known are those of RFC 9110 but CONNECT, whose target is no path, PATCH (RFC 5789) and QUERY
    /// (draft-ietf-httpbis-safe-method-w-body). A handler that has nothing for one answers 405.
    package var isKnown: Bool {
        switch rawValue {
        case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY": true
        default: false
        }
    }
}

extension HTTPMethod: CustomStringConvertible {
    package var description: String { rawValue }
}
