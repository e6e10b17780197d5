import DaprText

/// Decides what may become a header of a delivery, because names and values come from publishers.
enum HeaderText {
    private static let reserved: Set<String> = [
        "connection", "content-encoding", "content-length", "content-type", "dapr-api-token", "expect", "host",
        "keep-alive",
        "proxy-authorization", "proxy-connection", "pubsubname", "te", "traceparent", "tracestate", "trailer",
        "transfer-encoding", "upgrade",
    ]

    /// Whether `name` is a token of HTTP and has no meaning for the connection or for Dapr.
    static func isFree(_ name: String) -> Bool {
        HTTPToken.isToken(name.utf8) && !reserved.contains(name.lowercased())
    }

    /// Whether `text` can be the value of a header.
    static func isValue(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 } }

    /// Whether `text` has the form of a `traceparent` whose trace and span are not all zeros.
    static func isTraceparent(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [2, 32, 16, 2] && !parts[0].elementsEqual("ff".utf8)
            && !parts[1...2].contains { $0.allSatisfy { $0 == UInt8(ascii: "0") } }
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D }
    }
}
