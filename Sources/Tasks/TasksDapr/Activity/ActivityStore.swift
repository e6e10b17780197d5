package import Dapr
package import DaprLog
package import DaprMetrics
internal import DaprText
package import Tasks

/// Keeps one activity document per owner, `activity:{owner}`, with the sequence of the last change that it counts.
///
/// The document is read once and written once, under its ETag, for all changes that come together, in however many
/// deliveries. When another replica was faster, its document is read, and the changes that it lacks are counted. So
/// each change counts once, however often it comes and to however many replicas. Published changes are in the journal,
/// so when a change comes before its predecessors, those are read from there. The document also says for which changes
/// no event came (``PublicationAudit``).
package final class ActivityStore: ActivityService {
    /// The most changes in one read of the journal.
    private static let catchUpLimit = 2048
    /// The time that is left of a delivery's time for writing when reading the journal ends.
    private static let writeTime = Duration.seconds(1)
    /// The approximate bytes of documents in memory; `memoryOfByte` is the memory for one byte of a document and its
    /// activity.
    private static let memory = 8 << 20
    private static let memoryOfByte = 3

    private let source: any ChangeSource
    private let queue = ActivityQueue()
    /// The last written documents: one that is still stored need not be decoded, and only new parts are encoded.
    private let written = OwnerMemory<ActivityDocument>(
        capacity: ActivityStore.memory,
        weigh: { $0.bytes.count * ActivityStore.memoryOfByte }
    )
    private let reads: SharedReads
    private let executors: ServiceExecutors
    private let writers: [WriteBatcher]
    private let patience: Duration
    private let retryAfter: Duration
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let metrics: ActivityMetrics

    /// Creates a store; makes no call yet.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar, with the time limit of one call.
    ///   - store: A state store with the feature ETAG.
    ///   - source: The source of changes that did not come.
    ///   - configuration: How many reads may share a call, and when callers should try again if the store was
    ///     unavailable.
    ///   - executors: The loops on which the store is called.
    ///   - patience: How long to wait for the changes before one that came too early, until they are read from the
    ///     journal.
    ///   - clock: A monotonic clock, for deadlines.
    ///   - watch: Is told of the calls to the store.
    ///   - logger: Receives messages for people.
    ///   - registry: Receives the metrics.
    package init(
        dapr: DaprClient,
        store: StateStoreName,
        source: any ChangeSource,
        configuration: JournalConfiguration,
        executors: ServiceExecutors = .shared,
        patience: Duration = .milliseconds(50),
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        watch: StoreWatch?,
        logger: Logger,
        metrics registry: MetricsRegistry
    ) {
        self.source = source
        reads = SharedReads(
            dapr: dapr,
            store: store,
            configuration: configuration,
            watch: watch,
            executors: executors,
            metrics: JournalMetrics(registry)
        )
        self.executors = executors
        writers = executors.all.map { WriteBatcher(dapr: dapr, store: store, executor: $0, watch: watch) }
        self.patience = patience
        retryAfter = configuration.retryAfter
        self.clock = clock
        self.logger = logger
        metrics = ActivityMetrics(registry)
    }

    package func activity(of owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> Activity {
        try await read(owner, trace).activity
    }

    package func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        trace: CallerTrace?,
        until deadline: ContinuousClock.Instant
    ) async throws(TaskError) -> ActivityReceipt {
        let delivery = ActivityDelivery(changes)
        switch await queue.enter(delivery, of: owner) {
        case .answered(let result):
            return try result.get()
        case .lead:
            var others: [ActivityDelivery] = []
            let result = await count(changes, with: &others, of: owner, trace, until: deadline)
            queue.leave(owner)
            for other in others { other.waiter.resume(.answered(result)) }
            return try result.get()
        }
    }

    /// Counts changes, and those of all deliveries that come meanwhile.
    private func count(
        _ own: [ActivityChange],
        with others: inout [ActivityDelivery],
        of owner: OwnerID,
        _ trace: CallerTrace?,
        until deadline: ContinuousClock.Instant
    ) async -> Result<ActivityReceipt, TaskError> {
        var before: Int?
        var wasPatient = false
        var failures = 0
        while true {
            var failure = TaskError.storeUnavailable(retryAfter: retryAfter)
            do throws(TaskError) {
                let stored = try await read(owner, trace)
                others += queue.take(owner)
                let changes = (own + others.flatMap(\.changes)).sorted { $0.sequence < $1.sequence }
                var activity = stored.activity
                before = before ?? activity.sequence
                for change in changes { activity.note(change) }
                if let last = changes.last, last.sequence > activity.sequence {
                    // The changes in between may be on their way, to this replica or another: a short wait costs less
                    // than the journal.
                    if !wasPatient {
                        wasPatient = true
                        await sleep(patience, until: deadline)
                        continue
                    }
                    try await catchUp(&activity, with: changes, of: owner, until: deadline)
                }
                let receipt = ActivityReceipt(before: before ?? 0, after: activity.sequence)
                // A late event of a change that was read from the journal counts nothing, but is noted in the document.
                if activity == stored.activity { return .success(receipt) }
                let document = ActivityDocument(activity, after: stored.document)
                if try await write(document, of: owner, over: stored.etag, trace) { return .success(receipt) }
            } catch {
                guard case .storeUnavailable = error else { return .failure(error) }
                failure = error
                // Do not answer at once: without a resiliency policy a sidecar does not deliver again.
                failures += 1
                await sleep(Backoff.activity.delay(after: failures), until: deadline)
            }
            if Task.isCancelled { return .failure(.cancelled) }
            guard clock() < deadline else { return .failure(failure) }
        }
    }

    private func sleep(_ time: Duration, until deadline: ContinuousClock.Instant) async {
        // A cancelled sleep ends early; the caller checks for cancellation.
        try? await Task.sleep(for: max(.zero, min(time, clock().duration(to: deadline))))
    }

    /// Counts all changes up to the last one that came; the journal supplies those that did not come.
    ///
    /// Later changes in the journal are on their way, and count when they come. Reading goes on until nothing is
    /// missing. If the time runs out, the changes read so far are counted, and the rest come again.
    private func catchUp(
        _ activity: inout Activity,
        with changes: [ActivityChange],
        of owner: OwnerID,
        until deadline: ContinuousClock.Instant
    ) async throws(TaskError) {
        let began = activity.sequence
        var read = 0
        let end = changes.last?.sequence ?? began
        let came = Set(changes.map(\.sequence))
        while let told = changes.first(where: { $0.sequence > activity.sequence })?.sequence {
            let last = activity.sequence
            let missing: [ActivityChange]
            do throws(TaskError) {
                missing = try await source.changes(
                    of: owner,
                    after: last,
                    told: told,
                    limit: min(ActivityStore.catchUpLimit, end - last)
                )
            } catch {
                // Keep the changes that were read before.
                if activity.sequence > began { break }
                throw error
            }
            guard let first = missing.first else {
                logger.warning("Changes are neither published nor in the journal", ["sequence": .int(last)])
                break
            }
            activity.pass(over: min(first.sequence, told) - 1)
            for change in missing where change.sequence <= end {
                if came.contains(change.sequence) { activity.note(change) } else { activity.fill(change) }
            }
            for change in changes { activity.note(change) }
            read += missing.count
            guard activity.sequence > last, clock() + ActivityStore.writeTime < deadline else { break }
        }
        guard activity.sequence > began else { return }
        metrics.catchUps.increment()
        metrics.caughtUp.increment(by: read)
        logger.info(
            "Changes that did not come were read from the journal",
            ["after": .int(began), "changes": .int(read)]
        )
    }

    /// The stored state of an owner.
    private struct Stored {
        var activity = Activity()
        var etag: ETag?
        /// Set when this server wrote it.
        var document: ActivityDocument?
    }

    private func read(_ owner: OwnerID, _ trace: CallerTrace?) async throws(TaskError) -> Stored {
        let key = JournalKeys(owner).activity
        let entry = try await failing(as: failure, await reads.entry(key, trace: context(trace)))
        metrics.reads.increment()
        guard let entry else { return Stored() }
        if let known = written.value(of: owner), known.bytes.hasSameBytes(as: entry.value) {
            return Stored(activity: known.activity, etag: entry.etag, document: known)
        }
        if let activity = try ActivityDocument.activity(decoding: entry.value, key: key.rawValue) {
            return Stored(activity: activity, etag: entry.etag)
        }
        // The journal holds the same facts, so the document is built again from there.
        metrics.rebuilt.increment()
        logger.error("An activity document cannot be read and is made anew from the journal", [:])
        return Stored(etag: entry.etag)
    }

    /// Writes a document over the one that was read.
    /// - Returns: False when it must be read again, because another was faster or the outcome is unknown.
    private func write(
        _ document: ActivityDocument,
        of owner: OwnerID,
        over etag: ETag?,
        _ trace: CallerTrace?
    ) async throws(TaskError) -> Bool {
        let item = StateItem(
            JournalKeys(owner).activity,
            json: document.bytes,
            etag: etag,
            concurrency: .firstWrite
        )
        do throws(DaprError) {
            try await executors.mine(of: writers).save(item, trace: context(trace))
        } catch {
            guard error.mustReadAgain else { throw failure(.store(error)) }
            metrics.conflicts.increment()
            return false
        }
        metrics.writes.increment()
        written.note(document, of: owner)
        return true
    }

    private func context(_ trace: CallerTrace?) -> TraceContext? { trace.map(TraceContext.init(_:)) }

    private func failure(_ failure: JournalFailure) -> TaskError {
        if failure.isCancellation { return .cancelled }
        logger.warning("The store did not answer for an activity", ["error": .string("\(failure)")])
        return .storeUnavailable(retryAfter: retryAfter)
    }
}
