internal import Dapr
internal import OpenTelemetry
internal import Tasks

/// Makes the relay's calls to the sidecar.
struct EventPublisher: Sendable {
    /// The most events in one read of the journal.
    private static let refillLimit = 256

    let dapr: DaprClient
    let store: StateStoreName
    let pubsub: PubSubName
    let topic: TopicName
    /// Learns how reads of the journal end; `nil` only in programs that keep no books.
    let watch: StoreWatch?
    /// Records the spans of publishing; `nil` when none are exported.
    var tracer: Tracer?
    /// Whether the events say that they were published before.
    var isReplay = false

    /// Publishes events with one call.
    /// - Returns: The indices of the events that the broker did not take.
    func publish(_ events: [TaskEvent]) async throws(DaprError) -> Set<Int> {
        var entries: [BulkPublishEntry] = []
        entries.reserveCapacity(events.count)
        for run in events.runsOfOwners {
            // The key keeps an owner's events in one partition, and so in order. It also travels as a header, hence its
            // encoded form.
            let key = events[run.lowerBound].owner.keyComponent
            let metadata = ["partitionKey": key]
            for index in run {
                entries.append(
                    BulkPublishEntry(
                        entryID: String(index),
                        json: events[index].encoded(ownerKey: key, isReplay: isReplay),
                        contentType: "application/cloudevents+json",
                        metadata: metadata
                    )
                )
            }
        }
        let span = span(of: events)
        do throws(DaprError) {
            let result = try await dapr.publishEvents(entries, to: topic, in: pubsub, trace: span?.context)
            let failed = EventPublisher.failed(result, of: events)
            end(span, events.count, error: failed.isEmpty ? nil : "not_taken")
            return failed
        } catch {
            end(span, events.count, error: "sidecar")
            throw error
        }
    }

    /// Publishes one event by hand: again, with growing pauses, while the broker does not take it.
    func publish(_ event: TaskEvent) async throws(EventNotTaken) {
        var failures = 0
        while true {
            var cause: DaprError?
            do throws(DaprError) {
                if try await publish([event]).isEmpty { return }
            } catch {
                cause = error
            }
            failures += 1
            if failures == Backoff.redrive.attempts || Task.isCancelled { throw EventNotTaken(cause: cause) }
            // A cancelled sleep ends early; the next check sees the cancellation.
            try? await Task.sleep(for: Backoff.redrive.delay(after: failures))
        }
    }

    private static func failed(_ result: BulkPublishResult, of events: [TaskEvent]) -> Set<Int> {
        if result.isComplete { return [] }
        let places = result.failed.compactMap { Int($0.entryID) }.filter(events.indices.contains)
        // A failure that names none of these events may concern any of them.
        return places.isEmpty ? Set(events.indices) : Set(places)
    }

    /// Begins the span of a call: part of the trace of the request that caused its first event, and linked to the
    /// others'.
    private func span(of events: [TaskEvent]) -> OpenSpan? {
        guard let tracer else { return nil }
        let traces = events.compactMap { event in event.change.trace.flatMap { TraceContext(traceparent: $0) } }
        return tracer.begin("send \(topic.rawValue)", .producer, for: traces)
    }

    private func end(_ span: OpenSpan?, _ count: Int, error: String?) {
        guard let span else { return }
        var attributes: [Span.Attribute] = [
            .init("messaging.system", "dapr"), .init("messaging.operation.type", "send"),
            .init("messaging.destination.name", topic.rawValue), .init("messaging.batch.message_count", count),
        ]
        if let error { attributes.append(.init("error.type", error)) }
        span.end(attributes, hasFailed: error != nil)
    }

    /// Reads an owner's events from the journal, from `first` on.
    /// - Returns: The next events, not always all of them.
    func read(
        _ owner: OwnerID,
        from first: Int,
        through last: Int = .max
    ) async throws(JournalFailure) -> [TaskEvent] {
        let reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: watch)
        return try await reader.events(
            of: owner,
            from: first,
            limit: EventPublisher.refillLimit,
            through: last
        )
    }
}

/// The broker does not take an event.
struct EventNotTaken: Error {
    /// Why the last call failed; `nil` when the broker refused the event.
    let cause: DaprError?
}
