package import Dapr
import DaprText

/// Records a span for each call of the sidecar that belongs to a recorded trace, and sends its context with the call.
///
/// Calls without a trace are the server's own, such as the renewal of a lease: they get no span.
package struct SidecarCallSpans: DaprInstrumentation {
    private let tracer: Tracer

    private let other: (any DaprInstrumentation)?

    /// Creates an instrumentation.
    ///
    /// - Parameters:
    ///   - tracer: Records the spans.
    ///   - other: Is told of each call too, as a client has one instrumentation only; the trace that it wants to send
    ///     is not looked at.
    package init(_ tracer: Tracer, beside other: (any DaprInstrumentation)? = nil) {
        self.tracer = tracer
        self.other = other
    }

    package func begin(_ call: DaprCall) -> DaprCallSpan {
        let others = other?.begin(call)
        guard let span = tracer.begin(call.operation, .client, in: call.trace) else {
            return others ?? DaprCallSpan { _ in }
        }
        return DaprCallSpan(trace: span.context) { end in
            others?.end(end)
            span.end(Self.attributes(call, end), hasFailed: Self.isFailure(end))
        }
    }

    private static func attributes(_ call: DaprCall, _ end: DaprCallEnd) -> [Span.Attribute] {
        // An operation is `GET state/{store}/{key}`.
        var attributes = [Span.Attribute("http.request.method", String(call.operation.prefix(beforeByte: " ")))]
        if let component = call.component { attributes.append(.init("dapr.component", component)) }
        if let status = end.error?.status { attributes.append(.init("http.response.status_code", status)) }
        if end.error != nil { attributes.append(.init("error.type", end.outcome)) }
        return attributes
    }

    /// A conflict is an answer like another: somebody else was first.
    private static func isFailure(_ end: DaprCallEnd) -> Bool {
        switch end.error?.kind {
        case nil, .conflict, .alreadyExists: false
        default: true
        }
    }
}
