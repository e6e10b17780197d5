import DaprText

/// Whether the sidecar makes spans of its own: the trace headers of answers, events, deliveries and invocations.
package struct Tracing: Equatable, Sendable {
    /// What becomes of trace headers.
    package enum Mode: Equatable, Sendable {
        /// Nothing is configured: what a caller sent goes on unchanged, and nothing is made.
        case passThrough
        /// `samplingRate: "0"`: there are no trace headers but those that a caller sends along with an invocation.
        case off
        /// A span for each call, continuing the caller's trace; of new traces this part is marked as sampled.
        case spans(rate: Double)
    }

    /// What becomes of trace headers.
    package var mode: Mode

    /// Creates tracing.
    package init(_ mode: Mode = .passThrough) { self.mode = mode }

    /// The trace of a call, with a span of the sidecar's own where it makes them.
    func span(_ caller: CallTrace, _ surroundings: Surroundings) -> CallTrace {
        switch mode {
        case .passThrough: return HeaderText.isTraceparent(caller.traceparent ?? "") ? caller : CallTrace()
        case .off: return CallTrace()
        case .spans(let rate):
            let id = surroundings.newUUID().filter { $0 != "-" }
            let span = String(surroundings.newUUID().filter { $0 != "-" }.suffix(16))
            if let text = caller.traceparent, HeaderText.isTraceparent(text) {
                let parts = text.splitBytes(separator: "-")
                return CallTrace(traceparent: "00-\(parts[1])-\(span)-\(parts[3])", tracestate: caller.tracestate)
            }
            let flags = surroundings.random() < rate ? "01" : "00"
            return CallTrace(traceparent: "00-\(id)-\(span)-\(flags)")
        }
    }

    /// The trace headers of an invocation: the sidecar's own span where it makes them, else what the caller sent, whatever that is.
    func forwarded(_ caller: CallTrace, _ span: CallTrace) -> CallTrace {
        switch mode {
        case .spans: span
        case .passThrough: caller.traceparent == nil ? CallTrace(traceparent: CallTrace.absent) : caller
        case .off: caller.traceparent == nil ? CallTrace() : caller
        }
    }

    /// The `traceparent` that an answer or a delivery carries; `nil` for none.
    func header(_ trace: CallTrace) -> String? {
        mode == .off ? nil : trace.traceparent ?? CallTrace.absent
    }
}

extension SidecarRuntime {
    /// The trace that a call goes on with, by what its caller sent.
    package func trace(_ caller: CallTrace) -> CallTrace { tracing.span(caller, surroundings) }

    /// The trace that the invocation of a caller with this trace goes on with.
    package func forwarded(_ caller: CallTrace, _ span: CallTrace) -> CallTrace { tracing.forwarded(caller, span) }

    /// Whether answers carry the caller's baggage, and unusable baggage is refused.
    package var readsBaggage: Bool { tracing.mode != .off }

    /// The `traceparent` of the answer to a call; `nil` for none.
    package func answerTraceparent(_ trace: CallTrace) -> String? { tracing.header(trace) }

    /// How traces are handled: by the Configuration, or by the exporter that OpenTelemetry's own variable names.
    var tracing: Tracing {
        let configured = resources.configuration.tracing
        let hasExporter = configuration.environment["OTEL_EXPORTER_OTLP_ENDPOINT"].map { !$0.isEmpty } ?? false
        return configured.mode == .passThrough && hasExporter ? Tracing(.spans(rate: 1)) : configured
    }
}
