import Dapr
import Tasks

extension CallerTrace {
    /// The trace of an event or a delivery, for what is done with it.
    init(_ trace: TraceContext) { self.init(parent: trace.traceparent, state: trace.tracestate) }
}
