internal import Dapr
internal import Tasks

/// The data with which a cold book begins.
struct LoadedBook: Sendable {
    /// The book in the snapshot; empty when there is none.
    var book: Book
    /// The highest sequence known to be published.
    var published = 0
    /// The first commit, if there is no snapshot.
    var firstCommit: CommitRecord?
    /// The last commit in the book, if the head names it.
    var commit: CommitMark?
    /// The sequence that the journal must reach at least.
    var end = 0
    /// Whether there is a snapshot.
    var hasSnapshot = false
    /// The lowest sequence whose commit may still be stored.
    var firstKept = 1
    /// A page that the head names but the store lacks; the book is then empty, and only the journal can fill it.
    var missingPage: StateKey?
}

extension JournalReader {
    /// The most page documents in one bulk read; several reads run side by side.
    private static let pagesPerRead = 16

    /// Reads the snapshot: its head, then its pages side by side; the caller reads the journal after it.
    func snapshot(of owner: OwnerID) async throws(JournalFailure) -> LoadedBook {
        var attempts = 0
        while true {
            var loaded = LoadedBook(book: Book(owner: owner))
            guard let entry = try await sole(keys.head) else {
                loaded.firstCommit = try await commit(at: 1)
                // Without the mark, events are published again.
                if loaded.firstCommit != nil { loaded.published = try await mark()?.sequence ?? 0 }
                return loaded
            }
            let head = try head(entry)
            loaded.end = head.snapshot.sequence
            loaded.hasSnapshot = true
            loaded.firstKept = head.first
            let (pages, mark, missing) = try await pages(Array(head.snapshot.pages.values))
            loaded.published = max(mark?.sequence ?? 0, head.published)
            if missing == nil, let book = Book(owner: owner, snapshot: head.snapshot, pages: pages) {
                loaded.book = book
                if book.head == loaded.end { loaded.commit = head.commit }
                return loaded
            }
            // The pages may have been replaced since the head was read; then there is another head.
            attempts += 1
            if attempts < Backoff.snapshot.attempts, try await sole(keys.head)?.etag != entry.etag { continue }
            loaded.missingPage = missing ?? keys.head
            return loaded
        }
    }

    /// Reads the mark of the highest published sequence.
    private func mark() async throws(JournalFailure) -> PublishedMark? {
        try await sole(keys.published).flatMap { PublishedMark(decoding: $0.value) }
    }

    func head(_ entry: StateEntry) throws(JournalFailure) -> SnapshotHead { try head(entry, keys.head) }

    /// Decodes the head or checkpoint found under a key.
    func head(_ entry: StateEntry, _ key: StateKey) throws(JournalFailure) -> SnapshotHead {
        do throws(TaskError) {
            return try SnapshotHead(decoding: entry.value, key: key.rawValue)
        } catch {
            throw .book(error)
        }
    }

    private struct FoundPages: Sendable {
        var pages: [SnapshotPage] = []
        var mark: PublishedMark?
        /// The first missing document.
        var missing: StateKey?
    }

    /// Reads pages, and the published mark with them.
    /// - Returns: The pages, or the first of their documents that is missing.
    func pages(
        _ names: [SnapshotPageName]
    ) async throws(JournalFailure) -> (pages: [SnapshotPage], mark: PublishedMark?, missing: StateKey?) {
        let documents = names.flatMap { name in keys.parts(of: name).map { (name, $0) } }
        let size = JournalReader.pagesPerRead
        let parts = stride(from: 0, through: max(0, documents.count - 1), by: size).map {
            Array(documents[$0..<min($0 + size, documents.count)])
        }
        let results = await withTaskGroup(of: Result<FoundPages, JournalFailure>.self) { group in
            for (index, part) in parts.enumerated() {
                group.addTask {
                    do throws(JournalFailure) {
                        return .success(try await readPages(part, withMark: index == 0))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<FoundPages, JournalFailure>] = []
            for await result in group { results.append(result) }
            return results
        }
        var pages: [Int: SnapshotPage] = [:]
        var mark: PublishedMark?
        for result in results {
            let found = try result.get()
            if let missing = found.missing { return ([], nil, missing) }
            mark = mark ?? found.mark
            for page in found.pages {
                if pages[page.number] == nil {
                    pages[page.number] = page
                } else {
                    pages[page.number]?.lines += page.lines
                }
            }
        }
        return (Array(pages.values), mark, nil)
    }

    private func readPages(
        _ documents: [(name: SnapshotPageName, key: StateKey)],
        withMark: Bool
    ) async throws(JournalFailure) -> FoundPages {
        let entries = try await entries(documents.map(\.key) + (withMark ? [keys.published] : []))
        var found = FoundPages()
        if withMark {
            // Without it, everything since the head was written is published again, so a miss must be certain.
            let entry = try await certain(entries[keys.published], keys.published)
            found.mark = entry.flatMap { PublishedMark(decoding: $0.value) }
        }
        for (name, key) in documents {
            guard let entry = try await certain(entries[key], key) else {
                found.missing = key
                return found
            }
            do throws(TaskError) {
                found.pages.append(try SnapshotPage(decoding: entry.value, number: name.number, key: key.rawValue))
            } catch {
                throw .book(error)
            }
        }
        return found
    }
}
