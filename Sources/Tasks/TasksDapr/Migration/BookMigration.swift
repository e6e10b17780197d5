package import Dapr
package import Tasks

/// Converts one owner's commit records to another format, while a server may go on reading and writing them.
///
/// Each record is written over the one it was made from, under its ETag, and a book of mixed formats is readable
/// throughout. So the migration may be killed at any point, and repeated. Tasks and snapshots are the same in every
/// format, except for features that only the newest holds.
package struct BookMigration: Sendable {
    /// The result of a migration.
    package struct Outcome: Sendable, Equatable {
        /// The number of commits.
        package var commits = 0
        /// The number of commits that were converted, or would be.
        package var changed = 0
        /// The number of commits that stay in an older format, because the commits before them were removed from the
        /// journal.
        package var left = 0

        package init() {}
    }

    private static let recordsPerCall = 32

    private let owner: OwnerID
    private let format: Int
    private let isDryRun: Bool
    private let reader: JournalReader

    /// Creates a migration; makes no call yet.
    ///
    /// - Parameters:
    ///   - dapr: The sidecar.
    ///   - store: The state store.
    ///   - owner: The owner of the book.
    ///   - format: One of ``CommitRecord/formats``.
    ///   - isDryRun: Whether to count only.
    package init(dapr: DaprClient, store: StateStoreName, owner: OwnerID, to format: Int, isDryRun: Bool) {
        self.owner = owner
        self.format = format
        self.isDryRun = isDryRun
        reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
    }

    /// Converts the journal to its end, including commits that are written meanwhile.
    ///
    /// Nothing is written when the journal needs a newer format, unless a server writes such a commit meanwhile.
    ///
    /// - Returns: The counts.
    /// - Throws: ``MigrationFailure``; repeat the migration when the store failed.
    package func run() async throws(MigrationFailure) -> Outcome {
        if format < CommitRecord.formats.upperBound { try await checkThatAllFits() }
        return try await migrate()
    }

    private func checkThatAllFits() async throws(MigrationFailure) {
        let head = try await failing(as: MigrationFailure.journal, await reader.storedHead())
        if let head, head.snapshot.keys.contains(where: { $0.use.count > 1 }) {
            throw doesNotFit(reader.keys.head, "the idempotency key of a command of several changes")
        }
        let start = try await failing(as: MigrationFailure.journal, await beginning())
        // A whole journal shows every task that was ever in a snapshot.
        if start.book.tasksInOrder.contains(where: { $0.content.dueDate?.isDay ?? false }) {
            throw doesNotFit(reader.keys.head, "a due date that is a day")
        }
        var wrong: MigrationFailure?
        func fits(_ record: CommitRecord) -> Bool {
            wrong = misfit(record)
            return wrong == nil
        }
        _ = try await failing(as: MigrationFailure.journal, await reader.commits(from: start.next, fits))
        if let wrong { throw wrong }
    }

    private func doesNotFit(_ key: StateKey, _ what: String) -> MigrationFailure {
        .doesNotFit(key: key.rawValue, what: what, format: format)
    }

    /// Why a record cannot be in the format; `nil` when it can.
    private func misfit(_ record: CommitRecord) -> MigrationFailure? {
        guard format < CommitRecord.formats.upperBound else { return nil }
        return record.needOfNewest.map { doesNotFit(reader.keys.commit(record.sequence), $0) }
    }

    private func migrate() async throws(MigrationFailure) -> Outcome {
        var outcome = Outcome()
        var (next, book, isWhole) = try await failing(as: MigrationFailure.journal, await beginning())
        var last: String?
        while true {
            let commits = try await failing(
                as: MigrationFailure.journal,
                await reader.storedCommits(from: next, after: last)
            )
            guard let end = commits.last else { return outcome }
            last = end.record.id
            var batch: [StateItem] = []
            var bytes = 0
            for commit in commits {
                outcome.commits += 1
                next = commit.record.last + 1
                let upgraded = replayed(commit.record, &book)
                if commit.format == format { continue }
                // Only a record in the first format lacks facts, which the replay adds.
                guard let record = format == 1 || commit.format > 1 ? commit.record : upgraded else {
                    if isWhole { throw .journal(.book(unsound(commit.record))) }
                    outcome.left += 1
                    continue
                }
                // A server may have written it since the check of the whole journal.
                if let misfit = misfit(record) { throw misfit }
                outcome.changed += 1
                let item = StateItem(
                    reader.keys.commit(record.sequence),
                    json: record.encoded(format: format),
                    etag: commit.entry.etag,
                    concurrency: .firstWrite
                )
                if batch.count == BookMigration.recordsPerCall || bytes + item.json.count > CallBounds.textBytes {
                    try await failing(as: MigrationFailure.journal, await write(batch))
                    (batch, bytes) = ([], 0)
                }
                batch.append(item)
                bytes += item.json.count
            }
            try await failing(as: MigrationFailure.journal, await write(batch))
        }
    }

    /// The start of the journal, the book to replay it on, and whether the start is the true beginning.
    private func beginning() async throws(JournalFailure) -> (next: Int, book: Book, isWhole: Bool) {
        let snapshot = try await reader.snapshot(of: owner)
        guard snapshot.hasSnapshot, try await reader.commit(at: 1) == nil else { return (1, Book(owner: owner), true) }
        // Old commits were removed: the first one left lies between the head's `first` and the end of the snapshot.
        var next = try await reader.storedHead()?.first ?? 1
        while next <= snapshot.end {
            let window = next...min(next + 255, snapshot.end)
            if let first = try await reader.starts(in: window).first { return (first.sequence, snapshot.book, false) }
            next = window.upperBound + 1
        }
        return (next, snapshot.book, false)
    }

    /// Applies a commit to the book before it.
    /// - Returns: The commit with the facts of the newest format; `nil` when it does not follow from the book.
    private func replayed(_ record: CommitRecord, _ book: inout Book) -> CommitRecord? {
        // The snapshot from which a shortened journal is replayed contains these changes already.
        guard record.sequence > book.head else { return nil }
        var result: CommitRecord? = record
        for (index, entry) in record.entries.enumerated() {
            var change = entry.change
            let old = book.task(change.taskID)
            let fits = (change.kind == .created) == (old == nil) && change.follows(old)
            change.previous = book.lastCommit(of: change.taskID)
            apply(change, to: &book)
            if fits, let task = book.task(change.taskID) ?? old {
                result?.entries[index].change = change
                result?.entries[index].task = change.told(task)
            } else {
                result = nil
            }
        }
        return result
    }

    private func unsound(_ record: CommitRecord) -> TaskError {
        .unreadable(
            key: reader.keys.commit(record.sequence).rawValue,
            reason: "its changes do not follow from those before it"
        )
    }

    /// Writes records over those they were made from; skips those that another migration has converted.
    private func write(_ items: [StateItem]) async throws(JournalFailure) {
        if isDryRun { return }
        var items = items
        var failures = 0
        while !items.isEmpty {
            do throws(DaprError) {
                return try await reader.dapr.transactState(items.map { .upsert($0) }, in: reader.store)
            } catch {
                try await Backoff.copy.pause(after: error, &failures)
            }
            let found = try await reader.entries(items.map(\.key))
            // A missing record was removed as too old, and must not come back.
            var left: [StateItem] = []
            for var item in items {
                guard let entry = try await reader.certain(found[item.key], item.key), entry.value != item.json else {
                    continue
                }
                item.etag = entry.etag
                left.append(item)
            }
            items = left
        }
    }
}
