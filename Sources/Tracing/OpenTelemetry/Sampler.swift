import Dapr

/// Decides which traces are recorded.
///
/// https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers
package struct Sampler: Sendable, Equatable {
    /// The share of traces that are recorded where nobody has decided yet, from 0 to 1.
    package let ratio: Double
    /// Whether the caller's decision, the `sampled` bit of its `traceparent`, is followed.
    package let followsParent: Bool

    package init(ratio: Double, followsParent: Bool) {
        self.ratio = ratio
        self.followsParent = followsParent
    }

    /// Whether a span is recorded.
    ///
    /// The share goes by the last 16 digits of the trace's id, as in OpenTelemetry's SDKs: services with the same ratio
    /// record the same traces.
    ///
    /// - Parameters:
    ///   - context: The span.
    ///   - parent: The caller's span; `nil` for the first of a trace.
    /// - Returns: Whether it is.
    func samples(_ context: TraceContext, parent: TraceContext?) -> Bool {
        if followsParent, let parent { return parent.isSampled }
        if ratio >= 1 { return true }
        return context.traceNumber >> 1 < UInt64(max(0, ratio) * Double(UInt64(1) << 63))
    }
}
