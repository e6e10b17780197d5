package import DaprMetrics
import ServiceMetrics
import Synchronization

/// Spans that wait to be exported, a bounded number of them; what does not fit is dropped and counted.
///
/// Adding costs a lock and an append: a dead collector takes neither time nor memory from requests.
package final class SpanQueue: Sendable {
    private struct State {
        var spans: [Span] = []
        /// The spans that were dropped since ``newlyDropped()``.
        var dropped = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let batchSize: Int
    private let dropped: CounterChild
    /// Yields when a batch is full, and when somebody calls ``wake()``.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// Creates an empty queue.
    ///
    /// - Parameters:
    ///   - limit: The most spans that wait.
    ///   - batchSize: The most spans in one export; at most `limit`.
    ///   - metrics: Counts what the queue has no room for.
    package init(limit: Int, batchSize: Int, metrics: SpanMetrics) {
        self.limit = limit
        self.batchSize = min(batchSize, limit)
        dropped = metrics.queueFull
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds a span, or drops it when there is no room.
    func add(_ span: Span) {
        let count: Int? = state.withLock { state in
            guard state.spans.count < limit else {
                state.dropped += 1
                return nil
            }
            state.spans.append(span)
            return state.spans.count
        }
        if count == nil { dropped.increment() }
        if count == batchSize { wake() }
    }

    /// Takes the oldest spans, at most a batch.
    ///
    /// - Parameter isPartial: Whether fewer than a whole batch will do.
    /// - Returns: The spans; none when there is no whole batch, or nothing at all.
    func take(isPartial: Bool) -> [Span] {
        state.withLock { state in
            guard isPartial || state.spans.count >= batchSize else { return [] }
            // Mostly all: then nothing is copied while others wait to add.
            if state.spans.count <= batchSize {
                defer { state.spans = [] }
                return state.spans
            }
            let batch = Array(state.spans.prefix(batchSize))
            state.spans.removeFirst(batch.count)
            return batch
        }
    }

    /// How many spans were dropped since the last time somebody asked; `nil` for none.
    func newlyDropped() -> Int? {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped == 0 ? nil : state.dropped
        }
    }

    /// Lets the exporter look at the queue.
    func wake() { signal.yield() }
}

/// Counts what becomes of spans.
package struct SpanMetrics: Sendable {
    let exported: CounterChild
    /// The queue was full: the collector is too slow, or there are more spans than it takes.
    let queueFull: CounterChild
    /// The collector answered with an error that no repetition mends.
    let refused: CounterChild
    /// The collector took the others of an export.
    let rejected: CounterChild
    /// There was no answer within the time for an export.
    let unreachable: CounterChild

    package init(_ registry: MetricsRegistry) {
        exported = registry.counter(.exportedSpans).child()
        let dropped = registry.counter(.droppedSpans)
        queueFull = dropped.child("queue_full")
        refused = dropped.child("refused")
        rejected = dropped.child("rejected")
        unreachable = dropped.child("unreachable")
    }
}
