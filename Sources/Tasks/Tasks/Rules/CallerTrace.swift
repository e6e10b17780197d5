/// The trace of a request, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) writes it; the calls made for the
/// request continue it.
package struct CallerTrace: Hashable, Sendable {
    /// The header `traceparent`, valid by the specification.
    package let parent: String
    /// The header `tracestate`, all its lines as one list; `nil` when there is none.
    package let state: String?

    package init(parent: String, state: String? = nil) {
        self.parent = parent
        self.state = state
    }
}
