import Dapr

/// The identifier that ties an answer, its log lines and what the caller logged together.
package struct CorrelationID: Hashable, Sendable {
    /// 1 to 128 characters of `[A-Za-z0-9._-]`.
    package let rawValue: String

    /// Takes what a client sent, or nil when it is empty, too long, or holds characters that could forge a log line or a header.
    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
        rawValue = text
    }

    /// The identifier of a request that came without one: that of its trace, so that logs and traces are found by one word.
    init(of trace: TraceContext) {
        rawValue = trace.traceID
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
