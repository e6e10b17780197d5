/// The proxies whose word counts on where a request comes from.
package struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]

    /// Trusts the proxies at these addresses; none without any.
    package init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

    /// Whether an address is one of theirs.
    package func trust(_ address: IPAddress) -> Bool { ranges.contain(address) }

    /// The address of the client that sent a request.
    ///
    /// It is that of the connection, unless a trusted proxy has it; then the field `Forwarded` or `X-Forwarded-For` tells,
    /// in which each proxy appends where it had the request from. The last address there that is no trusted proxy's is
    /// the client's, and what stands before it, which the client may have written, is not looked at. The first is, when
    /// all are trusted. Where the proxies' part is malformed or hides the address, and where the two fields name two
    /// clients, of which a client may have written one, the address of the connection counts.
    ///
    /// - Parameter request: The head of the request.
    /// - Returns: The address; `nil` when the connection has none, as one on a unix socket.
    package func client(of request: HTTPRequest) -> IPAddress? {
        guard let peer = request.peer, ranges.contain(peer) else { return request.peer }
        let standard = request.headers.values("Forwarded")
        let plain = request.headers.values("X-Forwarded-For")
        switch (standard.isEmpty, plain.isEmpty) {
        case (true, true): return peer
        case (false, true): return client(in: standard, ForwardedHop.address(of:)) ?? peer
        case (true, false): return client(in: plain, ForwardedHop.address(ofPlain:)) ?? peer
        case (false, false):
            let client = client(in: standard, ForwardedHop.address(of:))
            return client == self.client(in: plain, ForwardedHop.address(ofPlain:)) ? client ?? peer : peer
        }
    }

    /// The client that the lines of a field name; `nil` when they name none.
    private func client(in lines: [String], _ address: (ArraySlice<UInt8>) -> IPAddress?) -> IPAddress? {
        var farthest: IPAddress?
        for line in lines.reversed() {
            let bytes = Array(line.utf8)
            var rest = bytes[...]
            while true {
                let comma = ForwardedHop.lastComma(in: rest)
                var element = rest[(comma.map { $0 + 1 } ?? rest.startIndex)...].drop(while: ForwardedHop.isBlank)
                while let last = element.last, ForwardedHop.isBlank(last) { element.removeLast() }
                // A recipient ignores empty elements of a list (RFC 9110 section 5.6.1.2).
                if !element.isEmpty {
                    guard let hop = address(element) else { return nil }
                    guard ranges.contain(hop) else { return hop }
                    farthest = hop
                }
                guard let comma else { break }
                rest = rest[..<comma]
            }
        }
        return farthest
    }
}
