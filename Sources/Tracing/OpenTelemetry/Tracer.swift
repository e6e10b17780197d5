package import Dapr

/// Records the spans of a process.
///
/// Recording a span puts it into a queue and never waits. There is no tracer where no spans are exported: callers hold
/// an optional, which is all that tracing costs then.
package final class Tracer: Sendable {
    private let sampler: Sampler
    private let queue: SpanQueue
    private let ids = TraceIDs()

    package init(sampler: Sampler, queue: SpanQueue) {
        self.sampler = sampler
        self.queue = queue
    }

    /// The context of a request with the decision whether its trace is recorded.
    ///
    /// - Parameters:
    ///   - context: The request's own span.
    ///   - caller: The caller's span; `nil` when there is none.
    /// - Returns: The same span with the `sampled` bit as decided.
    package func sampled(_ context: TraceContext, caller: TraceContext?) -> TraceContext {
        context.with(isSampled: sampler.samples(context, parent: caller))
    }

    /// Takes a span that has ended.
    package func record(_ span: Span) { queue.add(span) }

    /// Begins a span that continues another; `nil` when that is not recorded.
    ///
    /// - Parameters:
    ///   - name: What kind of work it is; few different names.
    ///   - kind: Its role.
    ///   - parent: The span that it is part of.
    ///   - links: Further spans that it works for, each of which counts once; those that are not recorded are left out.
    /// - Returns: The span.
    package func begin(
        _ name: String,
        _ kind: Span.Kind,
        in parent: TraceContext?,
        links: [TraceContext] = []
    ) -> OpenSpan? {
        guard let parent, parent.isSampled else { return nil }
        var random = ids.generator
        return OpenSpan(
            name: name,
            kind: kind,
            context: parent.child(using: &random),
            parent: parent,
            links: links.isEmpty ? [] : Tracer.recorded(links, beside: parent),
            tracer: self
        )
    }

    /// Begins a span for work that is done for several spans at once: it is part of the first that is recorded, and
    /// linked to the others.
    ///
    /// - Parameters:
    ///   - name: What kind of work it is.
    ///   - kind: Its role.
    ///   - callers: The spans that it works for.
    /// - Returns: The span; `nil` when none of them is recorded.
    package func begin(_ name: String, _ kind: Span.Kind, for callers: [TraceContext]) -> OpenSpan? {
        begin(name, kind, in: callers.first(where: \.isSampled), links: callers)
    }

    /// The spans that may be linked to one with this parent, each once.
    private static func recorded(_ links: [TraceContext], beside parent: TraceContext) -> [TraceContext] {
        var seen: Set<TraceContext> = [parent]
        return Array(links.filter { $0.isSampled && seen.insert($0).inserted }.prefix(linkLimit))
    }

    /// The most links of a span, as OpenTelemetry's SDKs have it.
    static let linkLimit = 128
}

/// A span that has begun.
package struct OpenSpan: Sendable {
    let name: String
    let kind: Span.Kind
    /// The context for what is done within the span.
    package let context: TraceContext
    let parent: TraceContext
    let links: [TraceContext]
    let tracer: Tracer
    let begin = ContinuousClock.now

    /// Records the span; call it once.
    ///
    /// - Parameters:
    ///   - attributes: What is known of the work now.
    ///   - hasFailed: Whether it failed.
    package func end(_ attributes: [Span.Attribute], hasFailed: Bool = false) {
        tracer.record(
            Span(
                name,
                kind,
                context,
                parent: parent,
                begin: begin,
                attributes: attributes,
                links: links,
                hasFailed: hasFailed
            )
        )
    }
}
