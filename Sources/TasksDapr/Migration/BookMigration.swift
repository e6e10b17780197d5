package import Dapr
package import Tasks

/// Brings one owner's commit records to another format, while a server may go on reading and writing them.
///
/// Each record is written over the one it was made from, under its ETag, and a book of mixed formats is readable throughout: so it may be
/// killed at any point, and repeated. Tasks and snapshots are the same in every format.
package struct BookMigration: Sendable {
    /// What was found and done.
    package struct Outcome: Sendable, Equatable {
        /// The commits there are.
        package var commits = 0
        /// Those that were written anew, or would be.
        package var changed = 0
        /// Those that stay in an older format, since what they follow from was removed from the journal.
        package var left = 0

        /// Makes one of nothing.
        package init() {}
    }

    private static let recordsPerCall = 32

    private let owner: OwnerID
    private let format: Int
    private let isDryRun: Bool
    private let reader: JournalReader

    /// Makes a migration; it calls nothing yet.
    ///
    /// - Parameters:
    ///   - dapr: the sidecar.
    ///   - store: the state store.
    ///   - owner: whose book it is.
    ///   - format: one of ``CommitRecord/formats``.
    ///   - isDryRun: only counts.
    package init(dapr: DaprClient, store: StoreName, owner: OwnerID, to format: Int, isDryRun: Bool) {
        self.owner = owner
        self.format = format
        self.isDryRun = isDryRun
        reader = JournalReader(dapr: dapr, store: store, owner: owner)
    }

    /// Goes through the journal until its end, with what is written to it meanwhile.
    package func run() async throws(JournalFailure) -> Outcome {
        var outcome = Outcome()
        var (next, book, isWhole) = try await beginning()
        while true {
            let commits = try await reader.storedCommits(from: next)
            if commits.isEmpty { return outcome }
            var batch: [StateItem] = []
            var bytes = 0
            for commit in commits {
                outcome.commits += 1
                next = commit.record.last + 1
                let upgraded = replayed(commit.record, &book)
                if commit.format == format { continue }
                // Down, a record tells all by itself.
                guard let record = format == 1 ? commit.record : upgraded else {
                    if isWhole { throw .book(unsound(commit.record)) }
                    outcome.left += 1
                    continue
                }
                outcome.changed += 1
                let item = StateItem(
                    key: reader.keys.commit(record.sequence),
                    value: record.encoded(format: format),
                    etag: commit.entry.etag,
                    concurrency: .firstWrite
                )
                if batch.count == BookMigration.recordsPerCall || bytes + item.json.count > CallBounds.textBytes {
                    try await write(batch)
                    (batch, bytes) = ([], 0)
                }
                batch.append(item)
                bytes += item.json.count
            }
            try await write(batch)
        }
    }

    /// Where the journal begins, with the book before that, and whether that is its true beginning.
    private func beginning() async throws(JournalFailure) -> (next: Int, book: Book, isWhole: Bool) {
        let snapshot = try await reader.snapshot(of: owner)
        guard snapshot.hasSnapshot, try await reader.commit(at: 1) == nil else { return (1, Book(owner: owner), true) }
        // Old commits were removed: the first that is left lies between what the head says and its own sequence.
        var next = try await reader.storedHead()?.first ?? 1
        while next <= snapshot.end {
            let window = next...min(next + 255, snapshot.end)
            if let first = try await reader.starts(in: window).first { return (first.sequence, snapshot.book, false) }
            next = window.upperBound + 1
        }
        return (next, snapshot.book, false)
    }

    /// Applies a commit to the book before it.
    /// - Returns: the commit with what the newest format tells; nil when it does not follow from the book.
    private func replayed(_ record: CommitRecord, _ book: inout Book) -> CommitRecord? {
        // The snapshot that a journal without its beginning was begun from has these already.
        guard record.sequence > book.head else { return nil }
        var result: CommitRecord? = record
        for (index, entry) in record.entries.enumerated() {
            var change = entry.change
            let old = book.task(change.taskID)
            let fits = (change.kind == .created) == (old == nil) && change.follows(old)
            change.previous = book.lastCommit(of: change.taskID)
            apply(change, to: &book)
            if fits, let task = book.task(change.taskID) ?? old {
                result?.entries[index] = JournalEntry(change: change, task: TaskEvent.told(task, of: change))
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

    /// Writes records over those they were made from; those that another migration brought to the format are left.
    private func write(_ items: [StateItem]) async throws(JournalFailure) {
        if isDryRun { return }
        var items = items
        var failures = 0
        while !items.isEmpty {
            do throws(DaprError) {
                return try await reader.dapr.transact(reader.store, items.map { .upsert($0) })
            } catch {
                try await Backoff.copy.pause(after: error, &failures)
            }
            let found = try await reader.entries(items.map(\.key))
            // What is gone was removed as too old, and is not to come back.
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
