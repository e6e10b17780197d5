package import Dapr
package import Log
package import Metrics
package import Tasks

/// Keeps one activity document an owner, `activity:{owner}`, with the last sequence that it counts.
///
/// It is read once and written once for all changes that come together, under its ETag: when another replica was faster, what it wrote is
/// read and the changes it did not count are counted. So each change counts once, however often it comes and to however many replicas.
package final class ActivityStore: ActivityService {
    /// How many changes are read from the journal at a time.
    private static let catchUpLimit = 2048
    /// How often a document is written again because another replica was faster.
    private static let attempts = 8

    private let dapr: DaprClient
    private let store: StoreName
    private let source: any ChangeSource
    private let gaps: GapMemory
    private let retryAfter: Duration
    private let logger: Logger
    private let metrics: ActivityMetrics

    /// Makes a store; it calls nothing yet.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar, with the time that one call may take.
    ///   - store: a state store that has ETAG.
    ///   - source: where changes are read that did not come.
    ///   - patience: how often changes that come too early are left to come again before the journal is read.
    ///   - retryAfter: when to come again, for those who found the store not available.
    ///   - logger: what is told to people.
    ///   - registry: what is counted.
    package init(
        dapr: DaprClient,
        store: StoreName,
        source: any ChangeSource,
        patience: Int = 2,
        retryAfter: Duration = .seconds(2),
        logger: Logger,
        metrics registry: MetricsRegistry
    ) {
        self.dapr = dapr
        self.store = store
        self.source = source
        gaps = GapMemory(patience: patience)
        self.retryAfter = retryAfter
        self.logger = logger
        metrics = ActivityMetrics(registry)
    }

    package func activity(of owner: OwnerID, trace: String?) async throws(TaskError) -> Activity {
        try await read(owner, trace).activity
    }

    package func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        trace: String?
    ) async throws(TaskError) -> ActivityReceipt {
        let changes = changes.sorted { $0.sequence < $1.sequence }
        var mayFill: Bool?
        var before: Int?
        for _ in 0..<ActivityStore.attempts {
            let stored = try await read(owner, trace)
            var activity = stored.activity
            before = before ?? activity.sequence
            for change in changes { activity.note(change) }
            if let last = changes.last, last.sequence > activity.sequence {
                let isPatient = mayFill ?? gaps.mayFill(owner, after: activity.sequence)
                mayFill = isPatient
                if !isPatient { try await catchUp(&activity, with: changes, of: owner) }
            } else {
                gaps.forget(owner)
            }
            let receipt = ActivityReceipt(before: before ?? 0, after: activity.sequence)
            if activity.sequence == stored.activity.sequence { return receipt }
            if try await write(activity, of: owner, over: stored.etag, trace) { return receipt }
        }
        throw .storeUnavailable(retryAfter: retryAfter)
    }

    /// Counts what is missing from the journal, and then the rest of what came.
    private func catchUp(
        _ activity: inout Activity,
        with changes: [ActivityChange],
        of owner: OwnerID
    ) async throws(TaskError) {
        let last = activity.sequence
        let missing = try await source.changes(
            of: owner,
            after: last,
            told: changes.first { $0.sequence > last }?.sequence ?? last,
            limit: ActivityStore.catchUpLimit
        )
        guard let first = missing.first else {
            logger.warning("Changes are neither published nor in the journal", ["sequence": .int(activity.sequence)])
            return
        }
        activity.pass(over: first.sequence - 1)
        for change in missing + changes { activity.note(change) }
        metrics.catchUps.increment()
        metrics.caughtUp.increment(by: missing.count)
        logger.info(
            "Changes that did not come were read from the journal",
            ["after": .int(last), "changes": .int(missing.count)]
        )
    }

    private func key(_ owner: OwnerID) -> StateKey { StateKey("activity:\(owner.keyComponent)") }

    private func read(_ owner: OwnerID, _ trace: String?) async throws(TaskError) -> (activity: Activity, etag: ETag?) {
        let key = key(owner)
        let entry: StateEntry?
        do throws(DaprError) {
            entry = try await dapr.state(store, key, consistency: .strong, trace: context(trace))
        } catch {
            throw failure(error)
        }
        metrics.reads.increment()
        guard let entry else { return (Activity(), nil) }
        if let activity = try ActivityDocument.activity(decoding: entry.value, key: key.rawValue) {
            return (activity, entry.etag)
        }
        // What it says is in the journal too, so it is made anew from there.
        metrics.rebuilt.increment()
        logger.error("An activity document cannot be read and is made anew from the journal", [:])
        return (Activity(), entry.etag)
    }

    /// Writes a document over the one that was read.
    /// - Returns: false when it must be read again: another was faster, or nobody knows what came of it.
    private func write(
        _ activity: Activity,
        of owner: OwnerID,
        over etag: ETag?,
        _ trace: String?
    ) async throws(TaskError) -> Bool {
        let item = StateItem(
            key: key(owner),
            value: ActivityDocument.encoded(activity),
            etag: etag,
            concurrency: .firstWrite
        )
        do throws(DaprError) {
            try await dapr.save(store, [item], trace: context(trace))
        } catch {
            switch error.kind {
            case .conflict, .alreadyExists, .outcomeUnknown:
                metrics.conflicts.increment()
                return false
            case .notFound, .notConfigured, .refused, .unreachable, .timedOut, .cancelled, .invalidArgument,
                .unreadableAnswer:
                throw failure(error)
            }
        }
        metrics.writes.increment()
        return true
    }

    private func context(_ trace: String?) -> TraceContext? { trace.map(TraceContext.init(known:)) }

    private func failure(_ error: DaprError) -> TaskError {
        if error.kind == .cancelled { return .cancelled }
        logger.warning("The store did not answer for an activity", ["error": .string("\(error)")])
        return .storeUnavailable(retryAfter: retryAfter)
    }
}
