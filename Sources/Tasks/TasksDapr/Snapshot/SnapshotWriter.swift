internal import Dapr
internal import DaprLog
internal import DaprMetrics
internal import Synchronization
internal import Tasks

/// Writes snapshots of books that have changed enough, beside their commands: a few at a time, and one per book.
///
/// Nothing depends on a snapshot. A failed one is tried again after the owner's next commits; until then a cold book
/// reads more of the journal.
final class SnapshotWriter: Sendable {
    private struct State {
        var active: [OwnerID: Task<Void, Never>] = [:]
        /// Pages that were written for a head that is not known to be stored.
        var leftovers: [OwnerID: [SnapshotPageName]] = [:]
        var isStopped = false
    }

    /// The most snapshots that are written at a time.
    private static let limit = 4
    /// The approximate bytes of pages in one call; a single page may be larger.
    private static let bytesPerCall = 1 << 20
    /// The most keys that one transaction deletes.
    private static let deletesPerCall = 64
    /// The sequences of old commits that are examined after a snapshot.
    private static let removalWindow = 256

    private let state = Mutex(State())
    private let documents: VersionedDocuments
    private let retention: Duration?
    private let checkpointInterval: Int
    private let ages: AgeClock
    private let newMark: @Sendable () -> String
    private let executor: (any TaskExecutor)?
    private let logger: Logger
    private let metrics: JournalMetrics

    init(
        documents: VersionedDocuments,
        retention: Duration?,
        checkpointInterval: Int,
        ages: AgeClock,
        newMark: @escaping @Sendable () -> String,
        executor: (any TaskExecutor)?,
        logger: Logger,
        metrics: JournalMetrics
    ) {
        self.documents = documents
        self.retention = retention
        self.checkpointInterval = checkpointInterval
        self.ages = ages
        self.newMark = newMark
        self.executor = executor
        self.logger = logger
        self.metrics = metrics
    }

    /// Starts to write a snapshot of a book, unless one of this book or enough others are being written.
    ///
    /// - Parameters:
    ///   - owner: The owner of the book.
    ///   - view: The book.
    ///   - discard: Drops the view when it does not continue the stored snapshot.
    func request(_ owner: OwnerID, _ view: BookView, discard: @escaping @Sendable () -> Void) {
        state.withLock { state in
            guard !state.isStopped, state.active[owner] == nil, state.active.count < SnapshotWriter.limit else {
                return
            }
            state.active[owner] = Task(executorPreference: executor) {
                await self.write(owner, view, discard)
                self.finish(owner)
            }
        }
    }

    /// Starts no more snapshots, and waits for those that are being written.
    func drain() async {
        let active = state.withLock { state in
            state.isStopped = true
            return Array(state.active.values)
        }
        for task in active { await task.value }
    }

    private func finish(_ owner: OwnerID) { state.withLock { $0.active[owner] = nil } }

    private func write(_ owner: OwnerID, _ view: BookView, _ discard: () -> Void) async {
        let reader = JournalReader(
            dapr: documents.dapr,
            store: documents.store,
            owner: owner,
            watch: documents.watch
        )
        do throws(JournalFailure) {
            let stored = try await reader.sole(reader.keys.head)
            let head = try stored.map { entry throws(JournalFailure) in try reader.head(entry) }
            switch view.beginSnapshot(over: head?.snapshot) {
            case .none: return
            case .outdated: discard()
            case .work(let work, let commit, let isRenumbered, let published):
                let ground = try await ground(commit, reader)
                let (old, first) = try await oldCommits(head, published, reader)
                var draft = SnapshotDraft(
                    work,
                    over: head,
                    keys: reader.keys,
                    mark: newMark(),
                    checkpointInterval: checkpointInterval
                )
                draft.head.commit = commit
                draft.head.published = published
                draft.head.first = first
                if let ended = draft.head.checkpoints.first, ended.sequence + 1 < first {
                    try await draft.end(ended, reader)
                }
                draft.retire(state.withLock { $0.leftovers[owner] ?? [] })
                do throws(JournalFailure) {
                    try await write(draft, over: stored?.etag, on: ground)
                } catch {
                    // Some pages may be stored without a head that names them; the next snapshot removes them.
                    state.withLock { $0.leftovers[owner, default: []] += draft.written }
                    if isRenumbered { discard() }
                    throw error
                }
                state.withLock { $0.leftovers[owner] = nil }
                view.noteSnapshot(draft.head.snapshot)
                metrics.snapshots.increment()
                // The head records the removal before it happens, so that a journal without its beginning is never
                // taken for damaged.
                try await delete(old)
            }
        } catch {
            metrics.snapshotFailures.increment()
            logger.warning("A snapshot was not written; the next commits try again", ["error": .string("\(error)")])
        }
    }

    /// The last commit in a snapshot, as it is stored.
    private func ground(_ mark: CommitMark?, _ reader: JournalReader) async throws(JournalFailure) -> StateItem? {
        guard let mark else { return nil }
        let key = reader.keys.commit(mark.sequence)
        guard let entry = try await reader.sole(key), try reader.decoded(entry, mark.sequence).id == mark.id else {
            throw .groundLost(key: key.rawValue)
        }
        return StateItem(key, json: entry.value, etag: entry.etag, concurrency: .firstWrite)
    }

    /// Writes the pages, then the head over the one that was read, in one call if they fit; then deletes the documents
    /// that the previous head had retired.
    ///
    /// The head is written together with the last commit in it, unchanged: a store that has gone back behind that
    /// commit takes neither.
    private func write(
        _ draft: SnapshotDraft,
        over etag: ETag?,
        on ground: StateItem?
    ) async throws(JournalFailure) {
        let head = StateItem(draft.headKey, json: draft.head.encoded, etag: etag, concurrency: .firstWrite)
        var operations: [StateOperation] = []
        var bytes = head.json.count
        for document in draft.documents {
            if bytes + document.json.count > SnapshotWriter.bytesPerCall, !operations.isEmpty {
                try await documents.transact(operations)
                (operations, bytes) = ([], head.json.count)
            }
            operations.append(.upsert(document))
            bytes += document.json.count
        }
        let gone = draft.gone
        operations.append(.upsert(head))
        if let ground { operations.append(.upsert(ground)) }
        operations += gone.prefix(SnapshotWriter.deletesPerCall).map { .delete($0) }
        try await documents.transact(operations)
        try await delete(Array(gone.dropFirst(SnapshotWriter.deletesPerCall)))
    }

    private func delete(_ keys: [StateKey]) async throws(JournalFailure) {
        for start in stride(from: 0, to: keys.count, by: SnapshotWriter.deletesPerCall) {
            try await documents.transact(keys[start...].prefix(SnapshotWriter.deletesPerCall).map { .delete($0) })
        }
    }

    /// Some of the commits that are past their retention, and the first sequence that stays.
    ///
    /// Only commits in the stored snapshot are removed, so readers that start from it do not need them. A reader that
    /// looks for a removed one learns of the removal from the next head. The result includes commits whose removal is
    /// in the head already, but whose writer died before it deleted them.
    private func oldCommits(
        _ head: SnapshotHead?,
        _ published: Int,
        _ reader: JournalReader
    ) async throws(JournalFailure) -> (keys: [StateKey], first: Int) {
        guard let head else { return ([], 1) }
        let end = min(published, head.snapshot.sequence)
        guard let retention, let now = ages.now, head.first <= end else { return ([], head.first) }
        let limit = now.advanced(byMilliseconds: -retention.wholeMilliseconds)
        let start = max(1, head.first - SnapshotWriter.removalWindow)
        let window = start...min(end, head.first + SnapshotWriter.removalWindow - 1)
        var old: [StateKey] = []
        // `first` moves from each commit only to the one right after it, because a miss in a bulk read proves nothing.
        var first = head.first
        for (sequence, entry) in try await reader.starts(in: window) {
            let record = try reader.decoded(entry, sequence)
            if sequence >= head.first {
                guard sequence == first, (record.clock ?? record.time) < limit, record.last <= end else { break }
                first = record.last + 1
            }
            old.append(reader.keys.commit(sequence))
        }
        return (old, first)
    }
}

extension Duration {
    /// Whole milliseconds; the rest is cut off.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product + attoseconds / 1_000_000_000_000_000
    }
}
