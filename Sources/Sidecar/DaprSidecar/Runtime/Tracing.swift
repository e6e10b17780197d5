import DaprText

/// Whether the sidecar makes its own spans in the trace headers of answers, events, deliveries and invocations.
package struct Tracing: Equatable, Sendable {
    /// What happens to trace headers.
    package enum Mode: Equatable, Sendable {
        /// Nothing is configured: a caller's headers are passed on unchanged, and none are made.
        case passThrough
        /// `samplingRate: "0"`: there are no trace headers except those that a caller sends with an invocation.
        case off
        /// Each call has a span, which continues the caller's trace; `rate` is the fraction of new traces marked as
        /// sampled.
        case spans(rate: Double)
    }

    /// What happens to trace headers.
    package var mode: Mode

    package init(_ mode: Mode = .passThrough) { self.mode = mode }

    /// The trace of a call, with the sidecar's own span where it makes one.
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

    /// The trace headers of an invocation: the sidecar's own span where it makes one, otherwise the caller's headers as
    /// they are.
    func forwarded(_ caller: CallTrace, _ span: CallTrace) -> CallTrace {
        switch mode {
        case .spans: span
        case .passThrough: caller.traceparent == nil ? CallTrace(traceparent: CallTrace.absent) : caller
        case .off: caller.traceparent == nil ? CallTrace() : caller
        }
    }

    /// The `traceparent` of an answer or a delivery; `nil` for none.
    func header(_ trace: CallTrace) -> String? {
        mode == .off ? nil : trace.traceparent ?? CallTrace.absent
    }
}

extension SidecarRuntime {
    /// The trace with which a call continues, from its caller's headers.
    package func trace(_ caller: CallTrace) -> CallTrace { tracing.span(caller, surroundings) }

    /// The trace headers with which an invocation continues.
    package func forwarded(_ caller: CallTrace, _ span: CallTrace) -> CallTrace { tracing.forwarded(caller, span) }

    /// Whether answers carry the caller's baggage, and invalid baggage is refused.
    package var readsBaggage: Bool { tracing.mode != .off }

    /// The `traceparent` of the answer to a call; `nil` for none.
    package func answerTraceparent(_ trace: CallTrace) -> String? { tracing.header(trace) }

    /// How traces are handled, according to the Configuration or to the exporter in OpenTelemetry's own variable.
    var tracing: Tracing {
        let configured = resources.configuration.tracing
        let hasExporter = configuration.environment["OTEL_EXPORTER_OTLP_ENDPOINT"].map { !$0.isEmpty } ?? false
        return configured.mode == .passThrough && hasExporter ? Tracing(.spans(rate: 1)) : configured
    }
}
