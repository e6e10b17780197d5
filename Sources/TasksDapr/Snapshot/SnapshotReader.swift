internal import Dapr
internal import Tasks

/// What a cold book begins with.
struct LoadedBook: Sendable {
    /// The book of the snapshot; empty when there is none.
    var book: Book
    /// The highest sequence known to be published.
    var published = 0
    /// The first commit, when there is no snapshot and the read that looked for one found it.
    var firstCommit: CommitRecord?
    /// The sequence that the journal must at least lead to.
    var end = 0
    /// Whether there is a snapshot.
    var hasSnapshot = false
    /// The first sequence whose commit may still be there.
    var firstKept = 1
}

extension JournalReader {
    /// How many pages a bulk read asks for; several run side by side.
    private static let pagesPerRead = 16

    /// Reads the snapshot with one call for its head and then its pages side by side; what the journal has after it comes next.
    func snapshot(of owner: OwnerID) async throws(JournalFailure) -> LoadedBook {
        let found = try await entries([keys.head, keys.published, keys.commit(1)])
        var loaded = LoadedBook(book: Book(owner: owner))
        if let entry = found[keys.published] {
            // Only a hint: without it events are published again.
            loaded.published = PublishedMark(decoding: entry.value)?.sequence ?? 0
        }
        guard let entry = found[keys.head] else {
            loaded.firstCommit = try found[keys.commit(1)].map { entry throws(JournalFailure) in try decoded(entry, 1) }
            return loaded
        }
        let head = try head(entry)
        loaded.published = max(loaded.published, head.published)
        loaded.end = head.snapshot.sequence
        loaded.hasSnapshot = true
        loaded.firstKept = head.first
        let pages = try await pages(head.snapshot.pages.keys.sorted())
        // A page that is missing, or of another numbering, was caught between two writers; the journal tells all.
        guard let book = Book(owner: owner, snapshot: head.snapshot, pages: pages) else { return loaded }
        loaded.book = book
        return loaded
    }

    func head(_ entry: StateEntry) throws(JournalFailure) -> SnapshotHead {
        do throws(TaskError) {
            return try SnapshotHead(decoding: entry.value, key: keys.head.rawValue)
        } catch {
            throw .book(error)
        }
    }

    private func pages(_ numbers: [Int]) async throws(JournalFailure) -> [SnapshotPage] {
        let size = JournalReader.pagesPerRead
        let parts = stride(from: 0, to: numbers.count, by: size).map {
            Array(numbers[$0..<min($0 + size, numbers.count)])
        }
        let results = await withTaskGroup(of: Result<[SnapshotPage], JournalFailure>.self) { group in
            for part in parts { group.addTask { await readPages(part) } }
            var results: [Result<[SnapshotPage], JournalFailure>] = []
            for await result in group { results.append(result) }
            return results
        }
        var pages: [SnapshotPage] = []
        for result in results { pages += try result.get() }
        return pages
    }

    private func readPages(_ numbers: [Int]) async -> Result<[SnapshotPage], JournalFailure> {
        do throws(JournalFailure) {
            let found = try await entries(numbers.map(keys.page))
            var pages: [SnapshotPage] = []
            for number in numbers {
                let key = keys.page(number)
                guard let entry = found[key] else { continue }
                do throws(TaskError) {
                    pages.append(try SnapshotPage(decoding: entry.value, number: number, key: key.rawValue))
                } catch {
                    throw .book(error)
                }
            }
            return .success(pages)
        } catch {
            return .failure(error)
        }
    }
}
