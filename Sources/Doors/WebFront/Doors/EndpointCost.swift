import DaprHTTP

/// What the requests to an endpoint cost the server, by which they are limited.
package enum EndpointCost: Sendable {
    /// Little: any number is taken.
    case low
    /// A change to what is stored.
    case write
    /// A read of much of what is stored.
    case expensiveRead
    /// A read that is expensive when its query has one of these parameters, and costs little otherwise.
    ///
    /// That nothing has changed is mostly found without the work, but not with the parameters of `evenUnchanged`.
    case read(expensiveWith: [String], evenUnchanged: [String] = [])

    /// Whether any request to the endpoint is limited.
    package var isLimited: Bool { if case .low = self { false } else { true } }

    /// The kind of a request, by its head; `nil` when it costs little.
    func kind(of head: HTTPRequest) -> LimitedKind? {
        switch self {
        case .low: nil
        case .write: .write
        case .expensiveRead: .expensiveRead
        case .read(let names, _): EndpointCost.query(head.query, hasOneOf: names) ? .expensiveRead : nil
        }
    }

    /// Whether a request costs as much when the answer is only that nothing has changed.
    func staysExpensive(_ head: HTTPRequest) -> Bool {
        guard case .read(_, let names) = self else { return false }
        return EndpointCost.query(head.query, hasOneOf: names)
    }

    /// Whether a query has one of the names; a name that is escaped is taken for one of them, because it could be.
    private static func query(_ query: String?, hasOneOf names: [String]) -> Bool {
        guard let query else { return false }
        let bytes = query.utf8Span.span
        // In place: a query may have 200 items, and this is done before anything else.
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "="), bytes[end] != UInt8(ascii: "&") {
                if bytes[end] == UInt8(ascii: "%") { return true }
                end += 1
            }
            for name in names where isSame(name.utf8Span.span, bytes, from: start, to: end) { return true }
            while end < bytes.count, bytes[end] != UInt8(ascii: "&") { end += 1 }
            start = end + 1
        }
        return false
    }

    private static func isSame(_ name: Span<UInt8>, _ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        guard name.count == end - start else { return false }
        for place in name.indices where name[place] != bytes[start + place] { return false }
        return true
    }
}

/// A kind of request that is limited.
enum LimitedKind: Sendable {
    case write, expensiveRead
}
