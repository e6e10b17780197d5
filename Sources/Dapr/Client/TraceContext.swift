/// The trace a call belongs to, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) writes it in headers.
///
/// An app copies it from each request it gets to its own calls of the sidecar; the sidecar continues the trace.
/// `traceparent` looks like `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
public struct TraceContext: Sendable, Hashable {
    /// The header `traceparent`, valid by the specification.
    public let traceparent: String
    /// The header `tracestate`, or `nil` when there is none.
    public let tracestate: String?

    /// Takes the headers of a request; `nil` when `traceparent` is not valid.
    ///
    /// A `tracestate` that is empty, longer than 512 bytes or not printable ASCII is left out, as the specification allows.
    public init?(traceparent: String, tracestate: String? = nil) {
        guard Self.isValid(Array(traceparent.utf8)) else { return nil }
        self.init(checked: traceparent, tracestate: tracestate.flatMap { Self.isUsable(tracestate: $0) ? $0 : nil })
    }

    private init(checked traceparent: String, tracestate: String?) {
        self.traceparent = traceparent
        self.tracestate = tracestate
    }

    /// The 32 hexadecimal digits that all calls of the trace share.
    public var traceID: String { String(traceparent.utf8.dropFirst(3).prefix(32)) ?? "" }

    /// The 16 hexadecimal digits of the caller's span.
    public var parentID: String { String(traceparent.utf8.dropFirst(36).prefix(16)) ?? "" }

    /// Whether the trace is recorded: the lowest bit of the flags.
    public var isSampled: Bool {
        (Self.value(ofHexDigit: traceparent.utf8.dropFirst(54).first ?? 0) ?? 0) & 1 == 1
    }

    /// Begins a new trace, sampled, with ids from a source of randomness.
    public static func generated(using random: inout some RandomNumberGenerator) -> TraceContext {
        var text: [UInt8] = []
        text.reserveCapacity(55)
        text.append(contentsOf: "00-".utf8)
        appendHex(nonZero(&random), to: &text)
        appendHex(random.next(), to: &text)
        text.append(UInt8(ascii: "-"))
        appendHex(nonZero(&random), to: &text)
        text.append(contentsOf: "-01".utf8)
        return TraceContext(checked: String(decoding: text, as: UTF8.self), tracestate: nil)
    }

    /// Begins a new trace, sampled, with ids from the system's source of randomness.
    public static func generated() -> TraceContext {
        var random = SystemRandomNumberGenerator()
        return generated(using: &random)
    }

    /// The context for a call made within this one: the same trace, flags and state, a new span.
    public func child(using random: inout some RandomNumberGenerator) -> TraceContext {
        var text = Array(traceparent.utf8.prefix(36))
        Self.appendHex(Self.nonZero(&random), to: &text)
        text.append(contentsOf: (isSampled ? "-01" : "-00").utf8)
        return TraceContext(checked: String(decoding: text, as: UTF8.self), tracestate: tracestate)
    }

    /// The context for a call made within this one, with a span id from the system's source of randomness.
    public func child() -> TraceContext {
        var random = SystemRandomNumberGenerator()
        return child(using: &random)
    }
}

extension TraceContext {
    /// Checks the version, the lengths, the digits, and that neither id is all zeros.
    private static func isValid(_ text: [UInt8]) -> Bool {
        let dash = UInt8(ascii: "-")
        guard text.count >= 55, text[2] == dash, text[35] == dash, text[52] == dash else { return false }
        let digits = [text[0..<2], text[3..<35], text[36..<52], text[53..<55]]
        guard digits.allSatisfy({ $0.allSatisfy { value(ofHexDigit: $0) != nil } }) else { return false }
        let zero = UInt8(ascii: "0")
        guard digits[1].contains(where: { $0 != zero }), digits[2].contains(where: { $0 != zero }) else { return false }
        let version = digits[0]
        if version.allSatisfy({ $0 == UInt8(ascii: "f") }) { return false }
        if version.allSatisfy({ $0 == zero }) { return text.count == 55 }
        // A later version may add fields behind the ones known here.
        let rest = text[55...]
        return rest.isEmpty || (rest.first == dash && rest.allSatisfy { (0x21...0x7E).contains($0) })
    }

    private static func isUsable(tracestate: String) -> Bool {
        let text = tracestate.utf8
        return (1...512).contains(text.count) && text.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
    }

    private static func value(ofHexDigit byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func nonZero(_ random: inout some RandomNumberGenerator) -> UInt64 {
        random.next(upperBound: UInt64.max) + 1
    }

    /// Appends a number as 16 hexadecimal digits.
    private static func appendHex(_ value: UInt64, to text: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0x0F
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
