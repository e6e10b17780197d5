import Dapr
import Tasks

extension TraceContext {
    /// The trace of a request, for the calls that are made for it.
    init(_ trace: CallerTrace) { self.init(known: trace.parent, tracestate: trace.state) }
}
