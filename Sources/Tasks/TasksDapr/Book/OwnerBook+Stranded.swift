internal import Dapr
internal import DaprMetrics
internal import TaskJSON
internal import Tasks

/// Removes stranded commits: those that the journal does not lead to.
///
/// A commit that was under way when the store went back in time may be written without the commits before it. It is no
/// part of the journal, and nobody's view follows it. But it occupies the place of another commit, and the tasks that
/// it touched are stored as it left them. So any instance that meets one removes it.
extension OwnerBook {
    /// How far behind the journal's end, and behind each known stranded commit, others are searched for.
    private static let lookahead = 64
    /// The most stranded commits that one transaction removes.
    private static let recordsPerCall = 8

    /// Removes stranded commits if there may be any; a failure is reported, and left for the next reader or writer.
    /// - Throws: ``JournalFailure/groundLost(key:)`` when the store does not lead to the view, which was then thrown
    ///   away.
    func tryToRemoveStranded(_ reader: JournalReader) async throws(JournalFailure) {
        do throws(JournalFailure) {
            try await removeStranded(reader)
        } catch {
            if error.endsWhenReadAgain { throw error }
            journal.reportStrandedLeft(error, owner: owner)
        }
    }

    /// Removes stranded commits if there may be any, and restores the tasks that they touched from the journal.
    ///
    /// - Throws: ``JournalFailure`` when that failed; a writer must then stop, because a stranded commit may be in the
    ///   place of the next one.
    func removeStranded(_ reader: JournalReader) async throws(JournalFailure) {
        var failures = 0
        while true {
            let known = view.stranded
            if known.isEmpty { return }
            do throws(JournalFailure) {
                try await removeStranded(known, reader)
            } catch {
                guard case .store(let cause) = error else { throw error }
                // Another instance removed them or committed first, so look again.
                try await Backoff.stranded.pause(after: cause, &failures)
            }
        }
    }

    private func removeStranded(_ known: Set<Int>, _ reader: JournalReader) async throws(JournalFailure) {
        let (book, mark) = view.read { book, commit, _ in (book, commit) }
        let next = book.head + 1
        // An old snapshot does not name its last commit, so nothing is known about the commits after it.
        if mark == nil, book.head > 0 { return view.forgetStranded(known) }
        let last = max(known.max() ?? next, next) + OwnerBook.lookahead
        let asked = known.filter { $0 < next }.sorted() + Array(next...last)
        let asking = journal.clock()
        let found = try await reader.entries((asked + (mark.map { [$0.sequence] } ?? [])).map(keys.commit))
        let ground = try await ground(mark, found, reader)
        let follower = try await reader.certain(found[keys.commit(next)], keys.commit(next))
        if let follower {
            let record = try reader.decoded(follower, next)
            if record.mayFollow(mark?.id) {
                _ = try await view.take(record, readAt: asking, reader)
                return
            }
        }
        var stranded: [StrandedCommit] = []
        for sequence in asked {
            let key = keys.commit(sequence)
            // An unreadable record is left: only one in the next commit's place would be in the way, and that one was
            // read above.
            guard let entry = sequence == next ? follower : found[key],
                let record = try? reader.decoded(entry, sequence)
            else { continue }
            // Another instance may have written a commit in the place of the one that was known to be stranded.
            if sequence < next, let mark, try await reader.leads(from: record, to: mark) { continue }
            stranded.append(StrandedCommit(key: key, etag: entry.etag, record: record))
        }
        if stranded.isEmpty { return view.forgetStranded(known) }
        let removed = Array(stranded.prefix(OwnerBook.recordsPerCall))
        let documents = VersionedDocuments(dapr: reader.dapr, store: reader.store, watch: journal.watch)
        try await documents.transact(removal(of: removed, from: book, on: ground, isNextFree: follower == nil))
        view.noteStranded(Set(stranded.map(\.record.sequence)))
        view.forgetStranded(Set(removed.map(\.record.sequence)))
        journal.metrics.strandedCommits.increment(by: removed.count)
        for commit in removed { journal.reportStranded(commit.record, owner: owner) }
    }

    /// The commit that the view ends with, as stored, to be written over itself; `nil` when the book is empty.
    private func ground(
        _ mark: CommitMark?,
        _ found: [StateKey: StateEntry],
        _ reader: JournalReader
    ) async throws(JournalFailure) -> StateItem? {
        guard let mark else { return nil }
        let key = keys.commit(mark.sequence)
        guard let entry = try await reader.certain(found[key], key),
            try reader.decoded(entry, mark.sequence).id == mark.id
        else {
            view.throwAway(mark)
            throw .groundLost(key: key.rawValue)
        }
        return StateItem(key, json: entry.value, etag: entry.etag, concurrency: .firstWrite)
    }

    /// The transaction that removes stranded commits: all or nothing, and only while the journal ends where the book
    /// does.
    ///
    /// It is refused unless the journal's last commit is the one that was read and the next place holds what was found
    /// there. So nobody commits meanwhile, and the book determines the tasks.
    private func removal(
        of stranded: [StrandedCommit],
        from book: Book,
        on ground: StateItem?,
        isNextFree: Bool
    ) -> [StateOperation] {
        var operations: [StateOperation] = ground.map { [.upsert($0)] } ?? []
        if isNextFree {
            let next = keys.commit(book.head + 1)
            // Nobody ever reads this value.
            operations.append(.upsert(StateItem(next, json: Array("0".utf8), concurrency: .firstWrite)))
            operations.append(.delete(next))
        }
        operations += stranded.map { .delete($0.key, etag: $0.etag) }
        let touched = Set(stranded.flatMap { $0.record.entries.map(\.change.taskID) })
        for id in touched {
            let key = keys.task(id)
            operations.append(
                book.task(id).map { .upsert(StateItem(key, json: $0.document)) } ?? .delete(key)
            )
        }
        return operations
    }
}

/// A stranded commit, as it is stored.
private struct StrandedCommit {
    let key: StateKey
    let etag: ETag?
    let record: CommitRecord
}
