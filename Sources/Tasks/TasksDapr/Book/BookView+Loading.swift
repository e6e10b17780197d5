internal import Dapr
internal import Synchronization
internal import Tasks

extension BookView {
    /// Loads a cold view; concurrent callers wait for the one who loads, and one of them loads if that fails.
    /// - Returns: Whether this call loaded the view.
    func load(with reader: JournalReader) async throws(JournalFailure) -> Bool {
        while true {
            let isOurs: Bool? = state.withLock { state in
                if state.isLoaded { return nil }
                if state.loaders != nil { return false }
                state.loaders = []
                return true
            }
            guard let isOurs else { return false }
            if isOurs {
                let result: Result<Void, JournalFailure>
                do throws(JournalFailure) {
                    result = .success(try await readAll(with: reader))
                } catch {
                    result = .failure(error)
                }
                let waiting = state.withLock { state in
                    if case .success = result { state.isLoaded = true }
                    defer { state.loaders = nil }
                    return state.loaders ?? []
                }
                for continuation in waiting { continuation.resume() }
                try result.get()
                return true
            }
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.loaders != nil else { return false }
                    state.loaders?.append(continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        }
    }

    /// Reads the snapshot, and the journal after it.
    private func readAll(with reader: JournalReader) async throws(JournalFailure) {
        let asked = clock()
        let (owner, hasBegun) = state.withLock { ($0.book.owner, $0.book.head > 0) }
        // An earlier attempt may have read part of the journal.
        if !hasBegun {
            let loaded = try await reader.snapshot(of: owner)
            state.withLock { state in
                state.snapshotEnd = loaded.end
                state.book = loaded.book
                state.commit = loaded.commit
                state.published = max(state.published, loaded.published)
                // The writer of a snapshot has made sure that the owner is listed.
                if loaded.hasSnapshot { state.isListed = true }
            }
            if let first = loaded.firstCommit {
                apply(first, readAt: asked)
            } else if loaded.book.head == 0, loaded.end == 0 {
                return confirm(asked)
            }
        }
        try await readOn(with: reader)
        let (head, end) = state.withLock { ($0.book.head, $0.snapshotEnd) }
        if head < end {
            let key = reader.keys.commit(head + 1).rawValue
            throw .book(.unreadable(key: key, reason: "it is missing, though the snapshot is newer"))
        }
        // A mark beyond the end belongs to commits that the store has lost.
        state.withLock { $0.published = min($0.published, $0.book.head) }
        // Commits after a snapshot stay until the next snapshot, so only a slow load can have missed any.
        if asked + BookView.loadingTime < clock() { try await checkNothingWasRemoved(after: head, reader) }
    }

    /// Checks that the journal did not seem to end only because an old commit was just removed behind a new snapshot.
    private func checkNothingWasRemoved(after head: Int, _ reader: JournalReader) async throws(JournalFailure) {
        guard let stored = try await reader.storedHead(), stored.snapshot.sequence > head else { return }
        state.withLock { $0 = State(book: Book(owner: $0.book.owner), loaders: $0.loaders) }
        throw .moved(key: reader.keys.head.rawValue)
    }

    /// Reads the journal to its end.
    func readOn(with reader: JournalReader) async throws(JournalFailure) {
        let asked = clock()
        while true {
            let (head, mark) = state.withLock { ($0.book.head, $0.commit) }
            let stranded = try await reader.commits(from: head + 1, after: mark?.id) { record in
                apply(record, readAt: asked)
                return true
            }
            noteStranded(stranded)
            // A next record that does not follow the view's last commit is stranded, provided that the store still has
            // that commit.
            guard stranded.contains(self.head + 1), try await !standsOnStored(reader) else { break }
        }
        confirm(asked)
    }

    /// Whether the store has the commit that the view ends with.
    /// - Returns: False when only an old snapshot has that commit, so that the journal must be taken as it is.
    /// - Throws: ``JournalFailure/groundLost(key:)`` or ``JournalFailure/moved(key:)`` when the store went back
    ///   meanwhile; the view then starts over.
    private func standsOnStored(_ reader: JournalReader) async throws(JournalFailure) -> Bool {
        guard let mark = commit, try await !reader.hasCommit(mark) else { return true }
        let key = reader.keys.commit(mark.sequence).rawValue
        if isLoaded {
            throwAway(mark)
            throw .groundLost(key: key)
        }
        return try state.withLock { state throws(JournalFailure) in
            if state.book.head == state.snapshotEnd {
                state.commit = nil
                return false
            }
            state = State(book: Book(owner: state.book.owner), loaders: state.loaders)
            throw .moved(key: key)
        }
    }
}
