package import Dapr
internal import TaskJSON
internal import Tasks

/// Writes a book from a file, commit by commit, as its owner would have: under the same guards, each with the tasks it
/// touched.
///
/// A repeated import continues where an interrupted one of the same file ended. Everything in the file is history,
/// whatever its records say: it counts as published and as heard, and the activity includes it.
package struct BookImport: Sendable {
    /// The result of an import.
    package struct Outcome: Sendable, Equatable {
        /// The number of commits that were written.
        package let written: Int
        /// The number of commits that were stored already.
        package let present: Int
    }

    private static let operationsPerCall = 128

    private let file: BookFile
    private let reader: JournalReader
    private let directory: OwnerDirectory

    /// Creates an import; makes no call yet.
    package init(dapr: DaprClient, store: StateStoreName, file: BookFile) {
        self.file = file
        reader = JournalReader(dapr: dapr, store: store, owner: file.owner, watch: nil)
        directory = OwnerDirectory(dapr: dapr, store: store, watch: nil)
    }

    /// Compares the file with the stored commits, then writes the rest.
    ///
    /// - Parameter progress: Receives the sequence of the last written change after each call.
    /// - Returns: The numbers of commits.
    /// - Throws: ``TransferError``; repeat the import when the store failed.
    package func run(progress: (Int) -> Void = { _ in }) async throws(TransferError) -> Outcome {
        let present = try await presentCommits()
        let owner = file.owner
        if present < file.commits.count {
            try await failing(as: TransferError.journal, await directory.add(owner))
        }
        var book = Book(owner: owner)
        var activity = Activity()
        for commit in file.commits[..<present] {
            for entry in commit.record.entries { take(entry, &book, &activity) }
        }
        var rest = file.commits[present...]
        while let first = rest.first {
            var operations: [StateOperation] = []
            var touched: Set<TaskID> = []
            var bytes = 0
            repeat {
                guard let commit = rest.popFirst() else { break }
                let key = reader.keys.commit(commit.record.sequence)
                operations.append(.upsert(StateItem(key, json: commit.document, concurrency: .firstWrite)))
                bytes += commit.document.count
                for entry in commit.record.entries {
                    take(entry, &book, &activity)
                    touched.insert(entry.change.taskID)
                }
            } while operations.count + touched.count < BookImport.operationsPerCall && bytes < CallBounds.textBytes
            for id in touched {
                let key = reader.keys.task(id)
                operations.append(
                    book.task(id).map { .upsert(StateItem(key, json: $0.document)) } ?? .delete(key)
                )
            }
            operations.append(
                .upsert(StateItem(reader.keys.published, json: PublishedMark(sequence: book.head).encoded))
            )
            // The activity is in the same transaction, so no event of these commits can have been counted before.
            operations.append(
                .upsert(StateItem(reader.keys.activity, json: ActivityDocument(activity).bytes))
            )
            try await write(operations, first.record)
            progress(book.head)
        }
        return Outcome(written: file.commits.count - present, present: present)
    }

    private func take(_ entry: JournalEntry, _ book: inout Book, _ activity: inout Activity) {
        let change = entry.change
        let before = book.task(change.taskID)
        apply(change, to: &book)
        let task = entry.task ?? book.task(change.taskID) ?? before
        activity.note(
            ActivityChange(
                sequence: change.sequence,
                time: change.time,
                kind: change.kind,
                taskID: change.taskID,
                title: task?.content.title ?? ""
            )
        )
    }

    /// The number of the file's commits that are stored already; throws when anything else is stored.
    private func presentCommits() async throws(TransferError) -> Int {
        var present = 0
        var next = 1
        var last: String?
        while true {
            let commits = try await failing(
                as: TransferError.journal,
                await reader.storedCommits(from: next, after: last)
            )
            guard let end = commits.last else { break }
            last = end.record.id
            for commit in commits {
                guard present < file.commits.count, file.commits[present].record == commit.record else {
                    throw .notEmpty(file.owner, sequence: commit.record.sequence)
                }
                present += 1
                next = commit.record.last + 1
            }
        }
        let head = try await failing(as: TransferError.journal, await reader.storedHead())
        if let head, head.snapshot.sequence >= next { throw .notEmpty(file.owner, sequence: next) }
        return present
    }

    private func write(_ operations: [StateOperation], _ first: CommitRecord) async throws(TransferError) {
        var failures = 0
        while true {
            do throws(DaprError) {
                return try await reader.dapr.transactState(operations, in: reader.store)
            } catch {
                try await failing(as: TransferError.journal, await Backoff.copy.pause(after: error, &failures))
            }
            // The transaction is all or nothing, so the first record shows whether it was written.
            let stored = try await failing(as: TransferError.journal, await reader.commit(at: first.sequence))
            if stored == first { return }
            if stored != nil { throw .writtenMeanwhile(file.owner, sequence: first.sequence) }
        }
    }
}
