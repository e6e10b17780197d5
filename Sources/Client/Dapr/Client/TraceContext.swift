internal import DaprText

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
        guard Self.isValid(traceparent.utf8Span.span) else { return nil }
        self.init(checked: traceparent, tracestate: tracestate.flatMap { Self.isUsable(tracestate: $0) ? $0 : nil })
    }

    /// The context that another one's ``traceparent`` and ``tracestate`` spell; they are not checked again.
    package init(known traceparent: String, tracestate: String? = nil) {
        self.init(checked: traceparent, tracestate: tracestate)
    }

    private init(checked traceparent: String, tracestate: String?) {
        self.traceparent = traceparent
        self.tracestate = tracestate
    }

    /// The 32 hexadecimal digits that all calls of the trace share.
    public var traceID: String { String(traceparent.utf8.dropFirst(3).prefix(32)) ?? "" }

    /// The 16 hexadecimal digits of the caller's span.
    public var parentID: String { String(traceparent.utf8.dropFirst(36).prefix(16)) ?? "" }

    /// The last 16 digits of ``traceID`` as a number: random, and the same for all calls of the trace.
    package var traceNumber: UInt64 {
        let digits = traceparent.utf8Span.span
        var number: UInt64 = 0
        for index in 19..<35 { number = number << 4 | UInt64(Hexadecimal.value(of: digits[index]) ?? 0) }
        return number
    }

    /// Whether the trace is recorded: the lowest bit of the flags.
    public var isSampled: Bool {
        (Hexadecimal.value(of: traceparent.utf8.dropFirst(54).first ?? 0) ?? 0) & 1 == 1
    }

    /// Begins a new trace, sampled, with ids from a source of randomness.
    public static func generated(using random: inout some RandomNumberGenerator) -> TraceContext {
        var text = template
        write(nonZero(&random), at: 3, of: &text)
        write(random.next(), at: 19, of: &text)
        write(nonZero(&random), at: 36, of: &text)
        return TraceContext(checked: string(text), tracestate: nil)
    }

    /// Begins a new trace, sampled, with ids from the system's source of randomness.
    public static func generated() -> TraceContext {
        var random = SystemRandomNumberGenerator()
        return generated(using: &random)
    }

    /// The context for a call made within this one: the same trace, flags and state, a new span.
    public func child(using random: inout some RandomNumberGenerator) -> TraceContext {
        var text = Self.template
        let own = traceparent.utf8Span.span
        for index in 3..<35 { text[index] = own[index] }
        Self.write(Self.nonZero(&random), at: 36, of: &text)
        text[54] = UInt8(ascii: isSampled ? "1" : "0")
        return TraceContext(checked: Self.string(text), tracestate: tracestate)
    }

    /// The same span, with the flag that says whether its trace is recorded.
    package func with(isSampled: Bool) -> TraceContext {
        if isSampled == self.isSampled { return self }
        var text = Self.template
        let own = traceparent.utf8Span.span
        for index in 3..<52 { text[index] = own[index] }
        text[54] = UInt8(ascii: isSampled ? "1" : "0")
        return TraceContext(checked: Self.string(text), tracestate: tracestate)
    }

    /// The context for a call made within this one, with a span id from the system's source of randomness.
    public func child() -> TraceContext {
        var random = SystemRandomNumberGenerator()
        return child(using: &random)
    }
}

extension TraceContext {
    /// Checks the version, the lengths, the digits, and that neither id is all zeros.
    private static func isValid(_ text: Span<UInt8>) -> Bool {
        let dash = UInt8(ascii: "-")
        guard text.count >= 55, text[2] == dash, text[35] == dash, text[52] == dash,
            let version = digits(0..<2, of: text), let trace = digits(3..<35, of: text),
            let parent = digits(36..<52, of: text), digits(53..<55, of: text) != nil, trace != 0, parent != 0,
            version != 0xFF
        else { return false }
        if version == 0 { return text.count == 55 }
        // A later version may add fields behind the ones known here.
        guard text.count > 55 else { return true }
        guard text[55] == dash else { return false }
        for index in 55..<text.count where !(0x21...0x7E).contains(text[index]) { return false }
        return true
    }

    /// All bits of the hexadecimal digits laid over one another, the low eight of two digits exact; `nil` when one is no digit.
    private static func digits(_ range: Range<Int>, of text: Span<UInt8>) -> UInt64? {
        var bits: UInt64 = 0
        for index in range {
            guard let value = Hexadecimal.value(ofLowercase: text[index]) else { return nil }
            bits = (bits << 4 | bits >> 60) | UInt64(value)
        }
        return bits
    }

    private static func isUsable(tracestate: String) -> Bool {
        let text = tracestate.utf8
        return (1...512).contains(text.count) && text.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
    }

    private static func nonZero(_ random: inout some RandomNumberGenerator) -> UInt64 {
        while true {
            let number = random.next() as UInt64
            if number != 0 { return number }
        }
    }

    /// The bytes of a sampled `traceparent` of version 0, its ids to be filled in.
    private static var template: InlineArray<55, UInt8> {
        var text = InlineArray<55, UInt8>(repeating: UInt8(ascii: "0"))
        text[2] = UInt8(ascii: "-")
        text[35] = UInt8(ascii: "-")
        text[52] = UInt8(ascii: "-")
        text[54] = UInt8(ascii: "1")
        return text
    }

    /// Writes a number as 16 hexadecimal digits.
    private static func write(_ value: UInt64, at start: Int, of text: inout InlineArray<55, UInt8>) {
        for index in 0..<16 {
            text[start + index] = Hexadecimal.digit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)))
        }
    }

    private static func string(_ text: InlineArray<55, UInt8>) -> String {
        guard let valid = try? UTF8Span(validating: text.span) else { return "" }  // ASCII only.
        return String(copying: valid)
    }
}
