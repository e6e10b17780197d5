import DaprHTTP
import DaprSidecar
import DaprText

/// The headers of a call that pass through the sidecar: trace and baggage.
///
/// Without configured tracing the caller's headers come back unchanged, and a caller without a trace gets one of zeros.
struct TraceHeaders {
    /// The trace with which events continue.
    let trace: CallTrace
    /// The trace headers with which an invocation continues.
    let forwarded: CallTrace
    private let answered: String?
    private let answeredState: String?
    /// All baggage headers joined; `nil` when they are empty or ignored.
    private let baggage: String?

    init(_ headers: HTTPHeaders, _ runtime: SidecarRuntime) {
        // Of several headers daprd reads the first.
        let caller = CallTrace(traceparent: headers["traceparent"], tracestate: headers["tracestate"])
        trace = runtime.trace(caller)
        forwarded = runtime.forwarded(caller, trace)
        answered = runtime.answerTraceparent(trace)
        answeredState = trace.tracestate
        let lines = headers.values("baggage").joined(separator: ",")
        baggage = lines.isEmpty || !runtime.readsBaggage ? nil : lines
    }

    /// The headers of health checks: none, whatever the caller sends.
    private init() {
        (trace, forwarded) = (CallTrace(), CallTrace())
        (answered, answeredState, baggage) = (nil, nil, nil)
    }

    static let none = TraceHeaders()

    /// Whether the `baggage` header, if there is one, can be forwarded (https://www.w3.org/TR/baggage/).
    ///
    /// An empty header counts as absent; an empty member makes it unusable.
    var isUsable: Bool {
        guard let baggage else { return true }
        return baggage.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { member in
            let pair = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)[0]
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            let (name, value) = (Self.trimmed(parts[0]), Self.trimmed(parts[1]))
            return HTTPToken.isToken(name)
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

    private static func isValueByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"\",;\\".utf8.contains(byte)
    }
}
