import Dapr
import DaprMetrics
import Testing

@testable import OpenTelemetry

/// Which spans are recorded, and what they say of one another.
struct TracerTests {
    @Test func `the caller's decision is followed where the sampler is based on the parent`() throws {
        for ratio in [0.0, 1.0] {
            let sampler = Sampler(ratio: ratio, followsParent: true)
            #expect(sampler.samples(try .sample(), parent: try .sample()))
            #expect(!sampler.samples(try .sample(), parent: try .sample(isSampled: false)))
            #expect(sampler.samples(try .sample(), parent: nil) == (ratio == 1))
            let own = Sampler(ratio: ratio, followsParent: false)
            #expect(own.samples(try .sample(), parent: try .sample(isSampled: ratio == 0)) == (ratio == 1))
        }
    }

    /// Go's SDK compares the last eight bytes of the id, without their lowest bit, with the share of 2⁶³.
    @Test(arguments: [
        ("0000000000000000", 0.0, false), ("0000000000000000", 0.01, true), ("7fffffffffffffff", 0.5, true),
        ("8000000000000000", 0.5, false), ("ffffffffffffffff", 0.99, false), ("ffffffffffffffff", 1, true),
    ])
    func `a share goes by the trace's id`(end: String, ratio: Double, isSampled: Bool) throws {
        let text = "00-4bf92f3577b34da6\(end)-00f067aa0ba902b7-00"
        let context = try #require(TraceContext(traceparent: text))
        #expect(Sampler(ratio: ratio, followsParent: true).samples(context, parent: nil) == isSampled)
    }

    @Test func `a decision is in the flag, and changes nothing else`() throws {
        let (tracer, _) = Tracer.recording()
        let context = try #require(
            TraceContext(traceparent: TraceContext.sample(isSampled: false).traceparent, tracestate: "a=b")
        )
        let sampled = tracer.sampled(context, caller: nil)
        #expect(sampled.traceparent == (try TraceContext.sample().traceparent))
        #expect(sampled.tracestate == "a=b")
        #expect(tracer.sampled(sampled, caller: context) == context)
    }

    @Test func `a span continues its parent's trace under an id of its own`() throws {
        let (tracer, queue) = Tracer.recording()
        let parent = try TraceContext.sample()
        let open = try #require(tracer.begin("commit", .internal, in: parent))
        #expect(open.context.traceID == parent.traceID)
        #expect(open.context.parentID != parent.parentID)
        open.end([.init("a", 1)], hasFailed: true)
        let span = try #require(queue.take(isPartial: true).first)
        #expect(span.parent == parent)
        #expect(span.context == open.context)
        #expect(span.end >= span.begin)
        #expect(span.hasFailed)
        #expect(span.attributes == [.init("a", 1)])
    }

    @Test func `what belongs to no recorded trace has no span`() throws {
        let (tracer, queue) = Tracer.recording()
        #expect(tracer.begin("commit", .internal, in: nil) == nil)
        #expect(tracer.begin("commit", .internal, in: try .sample(isSampled: false)) == nil)
        #expect(tracer.begin("commit", .internal, for: [try .sample(isSampled: false)]) == nil)
        #expect(queue.take(isPartial: true).isEmpty)
    }

    @Test func `work for several is part of the first that is recorded, and linked once to each other`() throws {
        let (tracer, _) = Tracer.recording()
        let (first, second) = (try TraceContext.sample("00000000000000a1"), try TraceContext.sample("00000000000000a2"))
        let unsampled = try TraceContext.sample("00000000000000a3", isSampled: false)
        let span = try #require(tracer.begin("send", .producer, for: [unsampled, first, second, first, second]))
        #expect(span.parent == first)
        #expect(span.links == [second])
    }

    @Test func `links are bounded`() throws {
        let (tracer, _) = Tracer.recording()
        var random = TraceIDs().generator
        let many = (0..<300).map { _ in TraceContext.generated(using: &random) }
        #expect(tracer.begin("send", .producer, for: many)?.links.count == 128)
    }

    @Test func `a call of the sidecar carries its own span, and says how it ended`() throws {
        let (tracer, queue) = Tracer.recording()
        let parent = try TraceContext.sample()
        let calls = SidecarCallSpans(tracer)
        let call = DaprCall(operation: "GET state/{store}/{key}", component: "statestore", trace: parent)
        for error in [nil, DaprError(.conflict, operation: "a"), DaprError(.timedOut, operation: "a", status: 504)] {
            let span = calls.begin(call)
            #expect(span.trace?.traceID == parent.traceID)
            span.end(DaprCallEnd(error: error, duration: .zero))
        }
        let spans = queue.take(isPartial: true)
        #expect(spans.map(\.name) == Array(repeating: "GET state/{store}/{key}", count: 3))
        #expect(spans.allSatisfy { $0.kind == .client && $0.parent == parent })
        #expect(spans.map(\.hasFailed) == [false, false, true])
        let common: [Span.Attribute] = [.init("http.request.method", "GET"), .init("dapr.component", "statestore")]
        #expect(
            spans.map(\.attributes) == [
                common, common + [.init("error.type", "conflict")],
                common + [.init("http.response.status_code", 504), .init("error.type", "timed_out")],
            ]
        )
    }

    @Test func `another instrumentation is told of every call, recorded or not`() throws {
        let (tracer, _) = Tracer.recording()
        let ends = Counting()
        for trace in [nil, try TraceContext.sample(), try TraceContext.sample(isSampled: false)] {
            let span = SidecarCallSpans(tracer, beside: ends).begin(DaprCall(operation: "GET healthz", trace: trace))
            span.end(DaprCallEnd(error: nil, duration: .zero))
        }
        #expect(ends.count.value == 3)
    }

    private struct Counting: DaprInstrumentation {
        let count = MetricsRegistry().counter("ends_total", help: "").child()

        func begin(_ call: DaprCall) -> DaprCallSpan { DaprCallSpan { _ in count.increment() } }
    }

    @Test func `a call without a trace that is recorded goes as it is`() throws {
        let (tracer, queue) = Tracer.recording()
        for trace in [nil, try TraceContext.sample(isSampled: false)] {
            let span = SidecarCallSpans(tracer).begin(DaprCall(operation: "GET healthz", trace: trace))
            #expect(span.trace == nil)
            span.end(DaprCallEnd(error: nil, duration: .zero))
        }
        #expect(queue.take(isPartial: true).isEmpty)
    }
}
