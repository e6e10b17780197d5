package import Dapr
package import Tasks

/// Publishes a stretch of an owner's changes once more, for a subscriber that begins anew: the same events under the
/// same ids and in the same order, each with the attribute `replay`, to a topic of their own.
///
/// What the store says of the live topic is neither asked nor changed. A replay may run beside servers and others of its
/// kind, and be repeated.
package struct EventReplay: Sendable {
    private let owner: OwnerID
    private let reader: JournalReader
    private let publisher: EventPublisher
    private let pace: Duration
    private let clock: @Sendable () -> ContinuousClock.Instant

    /// Creates a replay; makes no call yet.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar.
    ///   - store: The component with the journal.
    ///   - pubsub: The component that carries the events.
    ///   - topic: The topic of the replay.
    ///   - owner: Whose changes they are.
    ///   - rate: How many events a second at most.
    ///   - clock: A monotonic clock, for the rate.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        pubsub: PubSubName,
        topic: TopicName,
        owner: OwnerID,
        rate: Int,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.owner = owner
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
        publisher = EventPublisher(
            dapr: dapr,
            store: store,
            pubsub: pubsub,
            topic: topic,
            watch: nil,
            isReplay: true
        )
        pace = .seconds(1) / rate
        self.clock = clock
    }

    /// Publishes the changes.
    ///
    /// - Parameters:
    ///   - first: The sequence of the first.
    ///   - last: That of the last; `nil` for the last that there is now.
    ///   - progress: Receives the last published change after each call, and the last of all.
    /// - Returns: The sequence of the last.
    /// - Throws: ``EventReplayError``; it tells where to go on.
    package func run(
        from first: Int,
        to last: Int?,
        progress: (_ published: Int, _ last: Int) -> Void = { _, _ in }
    ) async throws(EventReplayError) -> Int {
        let end = try await failing(as: { EventReplayError.journal($0, next: first) }, await reader.lastSequence())
        let last = last ?? end
        guard first <= last, last <= end else { throw .outside(owner, first: first, last: last, end: end) }
        let begin = clock()
        var next = first
        while next <= last {
            let events = try await failing(
                as: { EventReplayError.journal($0, next: next) },
                await publisher.read(owner, from: next, through: last)
            )
            // The journal goes on, so what is missing was removed.
            guard !events.isEmpty else { throw .missing(owner, sequence: next) }
            for event in events where event.change.sequence <= last {
                let wait = begin + pace * (next - first) - clock()
                // A cancelled sleep ends early; the next check sees the cancellation.
                if wait > .zero { try? await Task.sleep(for: wait) }
                guard !Task.isCancelled else { throw .stopped(owner, next: next) }
                do throws(EventNotTaken) {
                    // One event per call, as in the relay: several have no reliable order when some of them fail.
                    try await publisher.publish(event)
                } catch {
                    throw Task.isCancelled
                        ? .stopped(owner, next: next) : .notTaken(owner, next: next, cause: error.cause)
                }
                progress(next, last)
                next += 1
            }
        }
        return last
    }
}

/// Why a replay ended before its last change.
package enum EventReplayError: Error, CustomStringConvertible {
    /// The store did not answer, or its data cannot be read.
    case journal(JournalFailure, next: Int)
    /// The journal has no such stretch.
    case outside(OwnerID, first: Int, last: Int, end: Int)
    /// The change was removed as too old, or lost.
    case missing(OwnerID, sequence: Int)
    /// The broker did not take a change.
    case notTaken(OwnerID, next: Int, cause: DaprError?)
    /// The replay was cancelled.
    case stopped(OwnerID, next: Int)

    package var description: String {
        switch self {
        case .journal(let failure, let next): "\(failure); go on with --from \(next)"
        case .outside(let owner, let first, let last, let end):
            "there are no changes \(first) to \(last) of \(owner): the journal has those from 1 to \(end)"
        case .missing(let owner, let sequence):
            "the journal of \(owner) has no change \(sequence) any more: it was removed as too old (give a later --from), or lost (task-server verify tells)"
        case .notTaken(let owner, let next, let cause):
            "the broker did not take change \(next) of \(owner)\(cause.map { " (\($0))" } ?? ""); see to it and go on with --from \(next)"
        case .stopped(let owner, let next): "stopped; go on with \(owner) by --from \(next)"
        }
    }
}
