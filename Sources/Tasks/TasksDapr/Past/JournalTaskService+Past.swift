internal import Dapr
internal import DaprText
internal import TaskJSON
package import Tasks

extension JournalTaskService {
    package func book(
        of owner: OwnerID,
        asOf moment: Moment,
        trace: CallerTrace?
    ) async throws(TaskError) -> PastBook {
        try await reading(owner, trace) { past throws(JournalFailure) in
            let (today, commit) = try await lookNow(at: owner, trace) { ($0, $1) }
            let sequence = try await past.sequence(of: moment, in: PastReader.End(of: today))
            let (book, last) = try await past.book(after: sequence, from: today, endingWith: commit)
            return PastBook(
                book: book,
                revision: last ?? "\(sequence)",
                isSettled: moment.isSettled(at: sequence, in: today.head)
            )
        }
    }

    package func document(
        _ id: TaskID,
        asOf moment: Moment,
        owner: OwnerID,
        trace: CallerTrace?
    ) async throws(TaskError) -> PastDocument {
        try await reading(owner, trace) { past throws(JournalFailure) in
            let (end, now, last) = try await lookNow(at: owner, trace) { book, _ in
                (PastReader.End(of: book), book.task(id), book.lastCommit(of: id))
            }
            let sequence = try await past.sequence(of: moment, in: end)
            let task: TaskItem?
            if sequence == end.sequence {
                task = now
            } else {
                switch try await past.reader.trace(of: id, after: sequence, from: last) {
                case .found(let found): task = found
                case .ifKept(let found):
                    try await past.checkKept(sequence, in: end)
                    task = found
                case .unknown:
                    let (today, commit) = try await lookNow(at: owner, trace) { ($0, $1) }
                    task = try await past.book(after: sequence, from: today, endingWith: commit).book.task(id)
                }
            }
            guard let task else { throw .book(.notFound(id)) }
            return PastDocument(
                document: TaskDocument(bytes: task.document, version: task.version),
                sequence: sequence,
                isSettled: moment.isSettled(at: sequence, in: end.sequence)
            )
        }
    }

    /// Looks at a book that includes every commit made before the question, and at its last commit if that is known.
    private func lookNow<Value: Sendable>(
        at owner: OwnerID,
        _ trace: CallerTrace?,
        _ look: (Book, _ commit: String?) -> Value
    ) async throws(JournalFailure) -> Value {
        do throws(TaskError) {
            return try await self.look(at: owner, trace: trace) { book, revision throws(TaskError) in
                look(book, revision.hasSameBytes(as: "\(book.head)") ? nil : revision)
            }
        } catch {
            throw .book(error)
        }
    }

    /// Reads the past, and once more when the data was replaced meanwhile.
    private func reading<Value: Sendable>(
        _ owner: OwnerID,
        _ trace: CallerTrace?,
        _ read: (PastReader) async throws(JournalFailure) -> Value
    ) async throws(TaskError) -> Value {
        let past = PastReader(
            owner: owner,
            reader: journal.reader(of: owner, trace: trace),
            reach: PastRange.reach(journal.configuration.checkpointInterval)
        )
        var attempts = 0
        while true {
            do throws(JournalFailure) {
                return try await read(past)
            } catch {
                attempts += 1
                if attempts < Backoff.question.attempts, error.endsWhenReadAgain { continue }
                // A refusal is no failure, and one of today's book was logged.
                if case .book(let refusal) = error, !refusal.needsAttention { throw refusal }
                throw journal.readError(error)
            }
        }
    }
}

extension PastReader {
    /// Makes sure that no commit after a change was removed.
    ///
    /// - Throws: ``JournalFailure/book(_:)`` with the refusal.
    func checkKept(_ sequence: Int, in end: End) async throws(JournalFailure) {
        let range = PastRange(head: end.sequence, stored: try await reader.storedHead(), reach: reach)
        guard sequence >= range.first - 1 else { throw .book(.pastGone(oldest: range.oldest)) }
    }
}

extension Moment {
    /// Whether it means this change for ever: a later commit is never earlier than one before it.
    fileprivate func isSettled(at sequence: Int, in head: Int) -> Bool {
        switch self {
        case .sequence: true
        case .time: sequence < head
        }
    }
}
