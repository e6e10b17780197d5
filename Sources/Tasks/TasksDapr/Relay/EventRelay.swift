internal import Dapr
internal import DaprLog
internal import DaprMetrics
internal import Synchronization
internal import Tasks

/// Publishes the changes of commits: each owner's in order, many owners in one call.
///
/// Writes never wait for the relay. Events that the broker does not take are kept and sent again after a pause, for as
/// long as the process lives. Another instance publishes those that are still unpublished then: see ``RelayUpkeep``.
final class EventRelay: Sendable {
    private struct State {
        var backlog: EventBacklog
        var calls = 0
        /// The most events in a call at present.
        var callSize = EventRelay.callSizes.upperBound
        /// How often in a row a call failed as a whole; `isPaused` is true while that is waited out.
        var failures = 0
        var isPaused = false
        var drainUntil: ContinuousClock.Instant?
    }

    private static let callLimit = 4
    /// The bounds of events per call; a timeout makes later calls smaller, because some sidecars let a publisher wait
    /// for the subscribers.
    private static let callSizes = 1...CallBounds.events

    private let state: Mutex<State>
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let publisher: EventPublisher
    private let configuration: JournalConfiguration
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let executor: (any TaskExecutor)?
    private let logger: Logger
    private let metrics: JournalMetrics
    private let notePublished: @Sendable (OwnerID, Int) -> Void
    private let isAnyWaiting: @Sendable () -> Bool

    init(
        publisher: EventPublisher,
        configuration: JournalConfiguration,
        clock: @escaping @Sendable () -> ContinuousClock.Instant,
        executor: (any TaskExecutor)?,
        logger: Logger,
        metrics: JournalMetrics,
        isAnyWaiting: @escaping @Sendable () -> Bool = { false },
        notePublished: @escaping @Sendable (OwnerID, Int) -> Void
    ) {
        state = Mutex(State(backlog: EventBacklog(limit: configuration.backlogBytes)))
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.publisher = publisher
        self.configuration = configuration
        self.clock = clock
        self.executor = executor
        self.logger = logger
        self.metrics = metrics
        self.isAnyWaiting = isAnyWaiting
        self.notePublished = notePublished
    }

    /// The number of events in memory.
    var waiting: Int { state.withLock { $0.backlog.count } }

    /// Whether everything of an owner is published.
    func isIdle(_ owner: OwnerID) -> Bool { state.withLock { $0.backlog.isIdle(owner) } }

    /// The time of the oldest event in memory.
    var oldest: Timestamp? { state.withLock { $0.backlog.oldest } }

    /// Whether the last call for events was made in vain; it is made again after a pause.
    var isFailing: Bool { state.withLock { $0.failures > 0 } }

    /// Adds an owner's events; see ``EventBacklog/add(_:of:after:through:)``.
    func add(_ events: [TaskEvent], of owner: OwnerID, after: Int, through last: Int) {
        state.withLock { $0.backlog.add(events, of: owner, after: after, through: last) }
        signal.yield()
    }

    /// Drops everything of an owner, because the store lost its commits; the remaining ones are added again.
    func forget(_ owner: OwnerID) {
        state.withLock { $0.backlog.forget(owner) }
    }

    /// Publishes until cancelled, and then the events that still wait, for at most ``JournalConfiguration/drainTime``.
    func run() async {
        // A separate task: a child would be cancelled together with this one, and could not drain.
        let work = Task(executorPreference: executor) { await self.work() }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            state.withLock { $0.drainUntil = clock() + configuration.drainTime }
            signal.yield()
        }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            var isDraining = false
            for await _ in signals {
                while let job = takeJob() {
                    group.addTask { await self.carryOut(job) }
                }
                let (isEmpty, deadline) = state.withLock { ($0.backlog.isEmpty, $0.drainUntil) }
                guard let deadline else { continue }
                if isEmpty && !isAnyWaiting() || clock() >= deadline { break }
                if !isDraining {
                    isDraining = true
                    group.addTask { await self.wake(after: self.configuration.drainTime) }
                    // Another instance may publish the waiting changes without a signal to this loop, so poll.
                    group.addTask {
                        while !Task.isCancelled, self.isAnyWaiting() { await self.wake(after: .milliseconds(50)) }
                    }
                }
            }
            group.cancelAll()
        }
        let left = waiting
        if left > 0 {
            logger.warning("Events are left unpublished", ["events": .int(left)])
        }
    }

    private func takeJob() -> EventBacklog.Job? {
        state.withLock { state in
            guard !state.isPaused, state.calls < EventRelay.callLimit,
                let job = state.backlog.next(limit: state.callSize)
            else {
                return nil
            }
            state.calls += 1
            return job
        }
    }

    private func carryOut(_ job: EventBacklog.Job) async {
        switch job {
        case .publish(let events): await publish(events)
        case .refill(let owner, let sequences): await refill(owner, sequences)
        }
    }

    private func publish(_ events: [TaskEvent]) async {
        let failed: Set<Int>
        let begin = clock()
        do throws(DaprError) {
            failed = try await publisher.publish(events)
        } catch {
            if error.transportError == .timedOut {
                state.withLock {
                    $0.callSize = max(min($0.callSize, events.count) / 4, EventRelay.callSizes.lowerBound)
                }
            }
            // The broker or the sidecar is down, so all owners wait.
            logger.warning(
                "Events were not published and wait",
                ["events": .int(events.count), "error": .string("\(error)")]
            )
            await pause(after: Set(events.indices), of: events)
            return
        }
        let (published, held) = state.withLock { state in
            state.calls -= 1
            state.failures = 0
            if clock() - begin < configuration.callTimeout / 8 {
                state.callSize = min(state.callSize * 2, EventRelay.callSizes.upperBound)
            }
            return state.backlog.finish(events, failed: failed)
        }
        metrics.published.increment(by: events.count - failed.count)
        for (owner, sequence) in published { notePublished(owner, sequence) }
        signal.yield()
        guard !held.isEmpty else { return }
        metrics.publishFailures.increment(by: failed.count)
        logger.warning("The broker did not take some events; they are sent again", ["events": .int(failed.count)])
        await wake(after: Backoff.relay.delay(after: held.map(\.failures).max() ?? 1)) { state in
            for (owner, _) in held { state.backlog.resume(owner) }
        }
    }

    private func refill(_ owner: OwnerID, _ sequences: ClosedRange<Int>) async {
        do throws(JournalFailure) {
            let events = try await publisher.read(
                owner,
                from: sequences.lowerBound,
                through: sequences.upperBound
            )
            let isDone = state.withLock { state in
                guard state.backlog.refill(owner, events) else { return false }
                state.calls -= 1
                state.backlog.resume(owner)
                return true
            }
            if isDone {
                signal.yield()
                return
            }
            logger.warning("Events are not in the journal yet and wait", ["sequence": .int(sequences.lowerBound)])
        } catch {
            logger.warning("Events could not be read from the journal and wait", ["error": .string("\(error)")])
        }
        let failures = state.withLock { state in
            state.calls -= 1
            state.failures += 1
            return state.failures
        }
        await wake(after: Backoff.relay.delay(after: failures)) { $0.backlog.resume(owner) }
    }

    /// Returns a failed batch to the backlog, and makes no calls for a while.
    private func pause(after failed: Set<Int>, of events: [TaskEvent]) async {
        metrics.publishFailures.increment(by: events.count)
        let (held, failures) = state.withLock { state in
            state.calls -= 1
            state.failures += 1
            state.isPaused = true
            return (state.backlog.finish(events, failed: failed).held, state.failures)
        }
        await wake(after: Backoff.relay.delay(after: failures)) { state in
            state.isPaused = false
            for (owner, _) in held { state.backlog.resume(owner) }
        }
    }

    /// Changes the state after a delay, and wakes the loop.
    private func wake(after delay: Duration, _ change: (inout State) -> Void = { _ in }) async {
        // The sleep is cancelled at the end of the drain, when the loop has ended.
        try? await Task.sleep(for: delay)
        state.withLock { change(&$0) }
        signal.yield()
    }
}
