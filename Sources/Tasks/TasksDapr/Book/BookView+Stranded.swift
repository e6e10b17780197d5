internal import Dapr
internal import Synchronization
internal import Tasks

/// Stranded records are in the store, but the journal does not lead to them: the commits before them are gone.
extension BookView {
    /// The sequences at which stranded records may be.
    var stranded: Set<Int> { state.withLock { $0.stranded } }

    /// Notes sequences at which stranded records may be; their removal checks the facts.
    func noteStranded(_ sequences: Set<Int>) {
        if sequences.isEmpty { return }
        state.withLock { $0.stranded.formUnion(sequences) }
    }

    /// Notes that there are no stranded records at these sequences any more.
    func forgetStranded(_ sequences: Set<Int>) { state.withLock { $0.stranded.subtract(sequences) } }

    /// Applies a commit that was read, unless it follows a commit other than the view's last one.
    ///
    /// That it names the view's last commit does not prove that the store still has that one: a commit under way when
    /// the store went back in time may be written after the gap. So after trouble the last commit is looked for before
    /// the view moves on, because afterwards the new one would be found in its place.
    ///
    /// - Parameters:
    ///   - record: The commit.
    ///   - asked: When the call that read it was started.
    ///   - reader: Finds out whether the store still has the view's last commit.
    /// - Returns: False when the record is stranded: the journal ends before it.
    /// - Throws: ``JournalFailure/groundLost(key:)`` when the store does not lead to the view, which was then thrown
    ///   away.
    func take(
        _ record: CommitRecord,
        readAt asked: ContinuousClock.Instant,
        _ reader: JournalReader
    ) async throws(JournalFailure) -> Bool {
        let mark = state.withLock { state in
            state.isLoaded && state.book.head + 1 == record.sequence ? state.commit : nil
        }
        let follows = mark.map { record.mayFollow($0.id) } ?? true
        if let mark {
            let isInDoubt = reader.lastTrouble.map { isDoubtful(since: $0) } ?? false
            if !follows || isInDoubt, try await !reader.hasCommit(mark) {
                throwAway(mark)
                throw .groundLost(key: reader.keys.commit(mark.sequence).rawValue)
            }
        }
        if follows { apply(record, readAt: asked) } else { noteStranded([record.sequence]) }
        return follows
    }
}
