import HTTPServer
import Sidecar

/// The headers of a call that pass through the sidecar: trace and baggage.
///
/// Where no tracing is configured what the caller sent comes back unchanged, and a caller without a trace gets one of zeros.
struct TraceHeaders {
    let trace: CallTrace
    private let answered: String?
    private let baggage: String?

    init(_ headers: HTTPHeaders, _ runtime: SidecarRuntime) {
        trace = runtime.trace(CallTrace(traceparent: headers["traceparent"], tracestate: headers["tracestate"]))
        answered = runtime.answerTraceparent(trace)
        baggage = headers["baggage"]
    }

    /// Whether the `baggage` header, if there is one, can be passed on (https://www.w3.org/TR/baggage/).
    var isUsable: Bool {
        guard let baggage else { return true }
        return baggage.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { member in
            let pair = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)[0]
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            let name = Self.trimmed(parts[0])
            return !name.isEmpty && name.allSatisfy(Self.isTokenByte)
                && Self.trimmed(parts[1]).allSatisfy(Self.isValueByte)
        }
    }

    /// Adds the headers to an answer.
    func mark(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        if let answered { response.headers["traceparent"] = answered }
        if let tracestate = trace.tracestate { response.headers["tracestate"] = tracestate }
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
