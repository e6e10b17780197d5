internal import Dapr
internal import Synchronization
internal import Tasks

/// Records in the store that the journal does not lead to: the commits before them are gone.
extension BookView {
    /// Where such records may be.
    var stranded: Set<Int> { state.withLock { $0.stranded } }

    /// Notes where such records may be; whoever removes them looks for what is true then.
    func noteStranded(_ sequences: Set<Int>) {
        if sequences.isEmpty { return }
        state.withLock { $0.stranded.formUnion(sequences) }
    }

    /// Notes that there are none of these any more.
    func forgetStranded(_ sequences: Set<Int>) { state.withLock { $0.stranded.subtract(sequences) } }

    /// Applies a commit that was read, unless it was made after another commit than the view ends with.
    ///
    /// - Parameters:
    ///   - record: the commit.
    ///   - asked: when the call was begun that read it.
    ///   - reader: looks which of both the store leads to.
    /// - Returns: false when the record is stranded: the journal ends before it.
    /// - Throws: ``JournalFailure/groundLost(key:)`` when it is the view that the store does not lead to: it was thrown away.
    func take(
        _ record: CommitRecord,
        readAt asked: ContinuousClock.Instant,
        _ reader: JournalReader
    ) async throws(JournalFailure) -> Bool {
        let mark = state.withLock { state in
            state.isLoaded && state.book.head + 1 == record.sequence ? state.commit : nil
        }
        guard let mark, !record.mayFollow(mark.id) else {
            apply(record, readAt: asked)
            return true
        }
        if try await reader.hasCommit(mark) {
            noteStranded([record.sequence])
            return false
        }
        throwAway(mark)
        throw .groundLost(key: reader.keys.commit(mark.sequence).rawValue)
    }
}
