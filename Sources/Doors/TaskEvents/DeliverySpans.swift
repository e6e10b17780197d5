import Dapr
import OpenTelemetry
import WebFront

/// Records the spans of deliveries, which lead from an event to the request that caused it.
struct DeliverySpans: Sendable {
    private let tracer: Tracer?
    private let topic: TopicName

    /// - Parameters:
    ///   - tracer: Records the spans; `nil` when none are exported.
    ///   - topic: The topic of the deliveries.
    init(_ tracer: Tracer?, _ topic: TopicName) {
        self.tracer = tracer
        self.topic = topic
    }

    /// Begins the span of a whole delivery: part of its request, and linked to the traces of its events.
    ///
    /// - Parameters:
    ///   - traceparents: What each event carries; it is read only when spans are recorded.
    ///   - exchange: The request.
    /// - Returns: The span; `nil` when it is not recorded.
    func begin(_ traceparents: @autoclosure () -> [String], in exchange: Exchange) -> OpenSpan? {
        guard let tracer, exchange.trace.isSampled else { return nil }
        let traces = traceparents().compactMap { TraceContext(traceparent: $0) }
        return tracer.begin("process \(topic.rawValue)", .consumer, in: exchange.trace, links: traces)
    }

    /// Begins the span of one event: part of the trace that the event carries, and linked to the delivery's; or part of
    /// the delivery's, for an event without a trace.
    func begin(_ event: CloudEvent, in exchange: Exchange) -> OpenSpan? {
        tracer?.begin(
            "process \(topic.rawValue)",
            .consumer,
            in: event.trace ?? exchange.trace,
            links: [exchange.trace]
        )
    }

    /// Ends a span with the answer to its events.
    ///
    /// - Parameters:
    ///   - span: The span; `nil` does nothing.
    ///   - answers: The answer to each event.
    func end(_ span: OpenSpan?, _ answers: [TopicEventAnswer]) {
        guard let span else { return }
        let repeated = answers.count { $0 == .retry }
        let dropped = answers.count { $0 == .drop }
        var attributes: [Span.Attribute] = [
            .init("messaging.system", "dapr"), .init("messaging.operation.type", "process"),
            .init("messaging.destination.name", topic.rawValue), .init("messaging.batch.message_count", answers.count),
        ]
        if repeated > 0 { attributes.append(.init("tasks.delivery.retried", repeated)) }
        if dropped > 0 { attributes.append(.init("tasks.delivery.dropped", dropped)) }
        span.end(attributes)
    }
}
