import Dapr

/// The identifier that links an answer, its log lines and the caller's own log.
package struct CorrelationID: Hashable, Sendable {
    /// 1 to 128 characters of `[A-Za-z0-9._-]`.
    package let rawValue: String

    /// Accepts a client's identifier; `nil` when it is empty, too long, or has characters that could forge a log line
    /// or a header.
    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
        rawValue = text
    }

    /// Creates the identifier of a request that brought none: its trace ID, so that one word finds both logs and
    /// traces.
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
