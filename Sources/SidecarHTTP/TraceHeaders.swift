import HTTP
import Sidecar

/// The headers of a call that pass through the sidecar: trace and baggage.
///
/// Where no tracing is configured what the caller sent comes back unchanged, and a caller without a trace gets one of zeros.
struct TraceHeaders {
    /// The trace that events go on with.
    let trace: CallTrace
    /// The trace that an invocation goes on with.
    let forwarded: CallTrace
    private let answered: String?
    private let answeredState: String?
    /// All lines as one; `nil` when there is nothing in them, or nobody reads it.
    private let baggage: String?

    init(_ headers: HTTPHeaders, _ runtime: SidecarRuntime) {
        // Of several lines daprd reads the first.
        let caller = CallTrace(traceparent: headers["traceparent"], tracestate: headers["tracestate"])
        trace = runtime.trace(caller)
        forwarded = runtime.forwarded(caller, trace)
        answered = runtime.answerTraceparent(trace)
        answeredState = trace.tracestate
        let lines = headers.values("baggage").joined(separator: ",")
        baggage = lines.isEmpty || !runtime.readsBaggage ? nil : lines
    }

    /// Calls for health have none of this, whatever they send.
    private init() {
        (trace, forwarded) = (CallTrace(), CallTrace())
        (answered, answeredState, baggage) = (nil, nil, nil)
    }

    static let none = TraceHeaders()

    /// Whether the `baggage` header, if there is one, can be passed on (https://www.w3.org/TR/baggage/).
    ///
    /// An empty one is none; an empty member is unusable.
    var isUsable: Bool {
        guard let baggage else { return true }
        return baggage.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { member in
            let pair = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)[0]
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            let (name, value) = (Self.trimmed(parts[0]), Self.trimmed(parts[1]))
            return !name.isEmpty && name.allSatisfy(Self.isTokenByte)
                && value.allSatisfy(Self.isValueByte) && EscapedPath.hasWholeEscapes(value)
        }
    }

    /// Adds the headers to an answer.
    func mark(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        if let answered { response.headers["traceparent"] = answered }
        if let answeredState { response.headers["tracestate"] = answeredState }
        if let baggage { response.headers["baggage"] = baggage }
        return response
    }

    private static func trimmed(_ bytes: Substring.UTF8View.SubSequence) -> Substring.UTF8View.SubSequence {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        var bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return bytes
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"\",;\\".utf8.contains(byte)
    }
}
