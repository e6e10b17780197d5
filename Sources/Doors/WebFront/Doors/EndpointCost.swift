import DaprHTTP
import DaprText

/// What the requests to an endpoint cost the server, by which they are limited.
package enum EndpointCost: Sendable {
    /// Little: any number is taken.
    case low
    /// A change to what is stored.
    case write
    /// A read of much of what is stored.
    case expensiveRead
    /// A read that is expensive when its query has one of these parameters, and costs little otherwise.
    case read(expensiveWith: [String])

    /// Whether any request to the endpoint is limited.
    package var isLimited: Bool { if case .low = self { false } else { true } }

    /// The kind of a request, by its head; `nil` when it costs little.
    func kind(of head: HTTPRequest) -> LimitedKind? {
        switch self {
        case .low: nil
        case .write: .write
        case .expensiveRead: .expensiveRead
        case .read(let names): EndpointCost.query(head.query, hasOneOf: names) ? .expensiveRead : nil
        }
    }

    /// Whether a query has one of the names; a name that is escaped is taken for one of them, because it could be.
    private static func query(_ query: String?, hasOneOf names: [String]) -> Bool {
        guard let query else { return false }
        return query.splitBytes(separator: "&").contains { pair in
            let name = pair.prefix(beforeByte: "=")
            return name.utf8.contains(UInt8(ascii: "%")) || names.contains { $0.utf8.elementsEqual(name.utf8) }
        }
    }
}

/// A kind of request that is limited.
enum LimitedKind: Sendable {
    case write, expensiveRead
}
