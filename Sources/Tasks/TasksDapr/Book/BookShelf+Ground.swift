internal import Dapr
internal import Tasks

extension BookShelf {
    /// Looks whether the store still has the last commits of the books that were written since this was last called.
    ///
    /// One bulk read, whose answers count where they name the commit; for each other book the commit is asked for alone.
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
            // They are looked at the next time.
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
