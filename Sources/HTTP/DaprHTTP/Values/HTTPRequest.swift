import DaprText

/// A client's request: the head, and the body as a whole or as a stream.
package struct HTTPRequest: Sendable {
    /// By reference, because a request is passed on many times.
    private let head: Head
    /// The whole body of a route that collects it; empty while only the head is there, and for a route that streams.
    package var body: [UInt8]
    /// The body of a route that streams it; `nil` for all others.
    package var bodyStream: HTTPBodyStream?

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - target: The path and query as sent.
    ///   - headers: The header fields.
    ///   - body: The whole body, if there is one.
    ///   - arrival: Where and when it came from a connection.
    package init(
        method: HTTPMethod,
        target: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        arrival: Arrival = Arrival()
    ) {
        head = Head(method, target, headers, arrival)
        self.body = body
    }

    /// How a request came to the server.
    package struct Arrival: Sendable {
        /// The address at the other end of the connection; `nil` on a unix socket, and without a socket.
        package var peer: IPAddress?
        /// The longest that the head can have waited for the server to look at it.
        package var waited: Duration

        package init(peer: IPAddress? = nil, waited: Duration = .zero) {
            self.peer = peer
            self.waited = waited
        }
    }

    package var method: HTTPMethod { head.method }

    /// The request target as sent, for example `/api/tasks?limit=5`.
    package var target: String { head.target }

    /// The target's path, still percent-encoded; begins with `/`.
    package var path: String { head.path }

    /// The target's query, still percent-encoded, without the `?`; `nil` when there is none.
    package var query: String? { head.query }

    package var headers: HTTPHeaders { head.headers }

    /// The address at the other end of the connection, a proxy's perhaps; `nil` on a unix socket, and without a socket.
    package var peer: IPAddress? { head.arrival.peer }

    /// The longest that the head can have waited for the server to look at it.
    package var waited: Duration { head.arrival.waited }

    private final class Head: Sendable {
        let method: HTTPMethod
        let target: String
        let path: String
        let query: String?
        let headers: HTTPHeaders
        let arrival: Arrival

        init(_ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ arrival: Arrival) {
            self.method = method
            self.target = target
            self.headers = headers
            self.arrival = arrival
            let bytes = target.utf8Span.span
            if let place = bytes.indices.first(where: { bytes[$0] == UInt8(ascii: "?") }) {
                let mark = target.utf8.index(target.startIndex, offsetBy: place)
                path = String(target[..<mark])
                query = String(target[target.utf8.index(after: mark)...])
            } else {
                path = target
                query = nil
            }
        }
    }

    /// Creates a request from a path and a query, for tests that need no socket.
    package init(
        method: HTTPMethod,
        path: String,
        query: String? = nil,
        headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) {
        self.init(
            method: method,
            target: query.map { "\(path)?\($0)" } ?? path,
            headers: headers,
            body: body
        )
    }

    /// The query's names and values in order, decoded by the rules of HTML forms (`+` is a space).
    ///
    /// - Returns: The items, none without a query; `nil` when an escape is broken or does not decode to UTF-8.
    package func queryItems() -> [(name: String, value: String)]? {
        guard let query, !query.isEmpty else { return [] }
        var items: [(name: String, value: String)] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0], plusIsSpace: true) else { return nil }
            var value = ""
            if parts.count > 1 {
                guard let decoded = PercentEncoding.decoded(parts[1], plusIsSpace: true) else { return nil }
                value = decoded
            }
            items.append((name, value))
        }
        return items
    }
}
