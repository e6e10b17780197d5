internal import Tasks

extension RelayUpkeep.BookCallbacks {
    /// Callbacks into the books of a shelf: those in memory, and for a takeover also those that are not.
    init(of shelf: BookShelf, _ journal: JournalContext) {
        self.init(
            takeOver: { (owner, first) async throws(JournalFailure) in
                let book = shelf.book(of: owner) { OwnerBook(owner: owner, journal: journal) }
                defer { shelf.weigh(book, of: owner) }
                return try await book.handOver(from: first)
            },
            takeOn: { (owner, found, sequence, asked) async throws(JournalFailure) in
                try await shelf.existing(owner)?.handOver(found, at: sequence, readAt: asked)
            },
            head: { shelf.existing($0)?.head },
            notePublished: { shelf.existing($0)?.notePublished($1) },
            published: { shelf.existing($0)?.published ?? 0 },
            isIdle: { journal.relay.isIdle($0) && !journal.turns.isWaiting($0) },
            keepTime: { () async throws(JournalFailure) in try await journal.ages.keep() },
            checkGround: { () async throws(JournalFailure) in try await shelf.checkGround(journal) }
        )
    }
}
