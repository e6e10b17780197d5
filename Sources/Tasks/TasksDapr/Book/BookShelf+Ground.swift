internal import Dapr
internal import Tasks

extension BookShelf {
    /// Checks whether the store still has the last commits of the books that were written since the last check.
    ///
    /// One bulk read asks for all of them. A commit that it does not find is read again by itself.
    func checkGround(_ journal: JournalContext) async throws(JournalFailure) {
        let books = journal.watch.takeWritten().compactMap { owner in existing(owner).map { (owner, $0) } }
        let keys = books.compactMap { owner, book in
            book.commit.map { JournalKeys(owner).commit($0.sequence) }
        }
        if keys.isEmpty { return }
        let found: [StateKey: StateEntry]
        do throws(JournalFailure) {
            found = try await journal.dapr.with(timeout: journal.configuration.callTimeout).entries(journal.store, keys)
        } catch {
            // The next check includes these books.
            for (owner, _) in books { journal.watch.noteWritten(owner) }
            throw error
        }
        for (owner, book) in books {
            try await book.checkGround { mark in
                let key = JournalKeys(owner).commit(mark.sequence)
                return found[key]
                    .flatMap { try? CommitRecord(decoding: $0.value, sequence: mark.sequence, key: key.rawValue) }?.mark
            }
        }
    }
}
