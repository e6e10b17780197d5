internal import Dapr
internal import DaprText
internal import Tasks

/// Makes an owner's book of now the one of then.
struct PastReader: Sendable {
    let owner: OwnerID
    let reader: JournalReader
    /// The most changes that are applied or taken back.
    let reach: Int

    /// The end of a book.
    struct End: Sendable {
        /// The sequence of the last change.
        let sequence: Int
        /// The time of that change.
        let time: Timestamp

        init(of book: Book) {
            sequence = book.head
            time = book.time
        }
    }

    /// The sequence that a moment means, in a book that ends so.
    ///
    /// - Throws: ``JournalFailure/book(_:)`` with the refusal when there is no such sequence, or it is not kept.
    func sequence(of moment: Moment, in end: End) async throws(JournalFailure) -> Int {
        switch moment {
        case .sequence(let sequence):
            guard (0...end.sequence).contains(sequence) else { throw .book(.invalid([.afterTheEnd(end.sequence)])) }
            return sequence
        case .time(let time):
            if end.sequence == 0 || time >= end.time { return end.sequence }
            let stored = try await reader.storedHead()
            let found = try await reader.sequence(at: time, from: stored?.first ?? 1, through: end.sequence)
            guard let found else {
                throw .book(.pastGone(oldest: PastRange(head: end.sequence, stored: stored, reach: reach).oldest))
            }
            return found
        }
    }

    /// Finds the book after a change.
    ///
    /// - Parameters:
    ///   - sequence: The change.
    ///   - today: The book as it is.
    ///   - commit: The last commit in it; `nil` when unknown.
    /// - Returns: The book of then, and the commit with the change if it is known.
    /// - Throws: ``JournalFailure/book(_:)`` with the refusal when the book of then is not kept.
    func book(
        after sequence: Int,
        from today: Book,
        endingWith commit: String?
    ) async throws(JournalFailure) -> (book: Book, commit: String?) {
        var untold = 0
        var isMissing = false
        // The last changes are taken back without asking what is kept: nearly always they are there.
        if today.head - sequence <= reach {
            switch try await walk(from: today, commit, to: sequence) {
            case .found(let book, let commit): return (book, commit)
            case .untold(let change): untold = change
            case .missing: isMissing = true
            }
        }
        let range = PastRange(head: today.head, stored: try await reader.storedHead(), reach: reach)
        for start in isMissing ? [] : range.starts(for: sequence) {
            switch try await walk(from: start, to: sequence) {
            case .found(let book, let commit): return (book, commit)
            case .untold(let change): untold = max(untold, change)
            case .missing: isMissing = true
            }
        }
        // What is missing though it should be kept was removed since the head was read, or replaced.
        if isMissing, sequence >= range.first - 1 { throw .moved(key: reader.keys.commit(sequence + 1).rawValue) }
        throw .book(.pastGone(oldest: max(range.oldest, untold)))
    }

    private enum Walk {
        case found(Book, commit: String?)
        /// A change does not tell what was before it.
        case untold(Int)
        /// Something is not in the store.
        case missing
    }

    private func walk(from start: PastStart, to sequence: Int) async throws(JournalFailure) -> Walk {
        switch start {
        case .beginning: return try await walk(from: Book(owner: owner), nil, to: sequence)
        case .checkpoint(let checkpoint):
            let key = reader.keys.checkpoint(checkpoint)
            guard let entry = try await reader.sole(key) else { return .missing }
            let kept = try reader.head(entry, key)
            let (pages, _, missing) = try await reader.pages(Array(kept.snapshot.pages.values))
            guard missing == nil, let book = Book(owner: owner, snapshot: kept.snapshot, pages: pages) else {
                return .missing
            }
            return try await walk(from: book, kept.commit?.id, to: sequence)
        }
    }

    /// Applies the changes after a book, or takes its last changes back.
    private func walk(
        from book: Book,
        _ commit: String?,
        to sequence: Int
    ) async throws(JournalFailure) -> Walk {
        let isAhead = sequence >= book.head
        let (start, end) = isAhead ? (book.head, sequence) : (sequence, book.head)
        if start == end { return .found(book, commit: commit) }
        guard let stretch = try await reader.stretch(after: start, through: end) else { return .missing }
        // The store may have lost commits since the book was read, and others may be there instead.
        if let commit, let found = isAhead ? stretch.commitBefore : stretch.lastCommit, !commit.hasSameBytes(as: found)
        {
            return .missing
        }
        var book = book
        if isAhead {
            for change in stretch.changes { apply(change, to: &book) }
            return .found(book, commit: stretch.lastCommit)
        }
        do throws(UntoldOrigin) {
            try book.takeBack(stretch.changes)
        } catch {
            return .untold(error.sequence)
        }
        return .found(book, commit: stretch.commitBefore)
    }
}
