import Testing

@testable import Tasks

/// Books that are put together from pages of different ages.
struct SnapshotTests {
    /// A stored snapshot: documents that are written one by one.
    struct Stored {
        var head: BookSnapshot?
        var pages: [Int: SnapshotPage] = [:]

        mutating func write(_ work: SnapshotWork, pages count: Int = .max, head writesHead: Bool = true) {
            for page in work.pages.prefix(count) { pages[page.number] = page }
            guard writesHead else { return }
            head = work.snapshot
            for page in work.emptied { pages[page] = nil }
        }

        func book(_ owner: OwnerID, _ journal: [TaskChange]) throws -> Book {
            guard let head else { return SnapshotTests.replay(owner, journal) }
            let listed = try head.pages.keys.map { try #require(pages[$0]) }
            var book = try #require(Book(owner: owner, snapshot: head, pages: listed))
            for change in journal.dropFirst(book.head) { apply(change, to: &book) }
            return book
        }
    }

    static func replay(_ owner: OwnerID, _ journal: some Sequence<TaskChange>) -> Book {
        var book = Book(owner: owner)
        for change in journal { apply(change, to: &book) }
        return book
    }

    private func step(_ book: inout TestBook, _ random: inout SplitMix, deleting: Int = 3) throws {
        let id = book.book.tasksInOrder.randomElement(using: &random)?.id
        let key = Int.random(in: 0..<5, using: &random) == 0 ? "k\(Int.random(in: 0..<40, using: &random))" : nil
        book.now = book.now.advanced(byMilliseconds: .random(in: -1000...600_000, using: &random))
        var patch = TaskPatch()
        patch.title = "T\(Int.random(in: 0..<9, using: &random))"
        let command: TaskCommand =
            switch (Int.random(in: 0..<10, using: &random), id) {
            case (..<deleting, let id?): .delete(id)
            case (..<(deleting + 2), let id?): .patch(id, patch)
            case (deleting + 2, let id?): .complete(id)
            default: .create(TaskDraft(title: "N"), id: nil)
            }
        do throws(TaskError) {
            try book.perform(command, key: key)
        } catch {
            #expect(error == .keyReused)
        }
    }

    @Test(arguments: 1...60)
    func `whatever was written of snapshots, and by whom, the book is the journal's`(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        var writer = try TestBook()
        var stored = Stored()
        // Another server's view of the same book: it sees the journal later, and writes snapshots too.
        var other = Book(owner: writer.book.owner)
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                try step(&writer, &random, deleting: .random(in: 1...5, using: &random))
            }
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                // A writer that dies between two pages.
                let work = writer.book.snapshotWork(over: stored.head)
                stored.write(work, pages: Int.random(in: 0..<4, using: &random), head: false)
            case 1, 2:
                let isContinued = stored.head.map { $0.numbering == writer.book.snapshotNumbering } ?? true
                guard isContinued else {
                    writer.book = try stored.book(writer.book.owner, writer.journal)
                    continue
                }
                if writer.book.needsRenumbering, (stored.head?.sequence ?? 0) == writer.book.snapshotSequence {
                    writer.book.renumber()
                }
                let work = writer.book.snapshotWork(over: stored.head)
                stored.write(work)
                writer.book.noteSnapshot(work.snapshot)
            case 3:
                // The other one catches up to somewhere, and writes when it is ahead of what is stored.
                let upTo = Int.random(in: other.head...writer.journal.count, using: &random)
                for change in writer.journal[other.head..<upTo] { apply(change, to: &other) }
                guard other.head > (stored.head?.sequence ?? 0), other.head > 0,
                    (stored.head?.numbering ?? 0) == other.snapshotNumbering
                else {
                    other = try stored.book(other.owner, writer.journal)
                    continue
                }
                let work = other.snapshotWork(over: stored.head)
                stored.write(work)
                other.noteSnapshot(work.snapshot)
            case 4:
                // A slow one's page comes after a newer one.
                guard let head = stored.head, head.numbering == other.snapshotNumbering, other.head > 0,
                    other.head < head.sequence
                else { continue }
                for page in other.snapshotWork(over: head).pages.prefix(2) where head.pages[page.number] != nil {
                    stored.pages[page.number] = page
                }
            default:
                // A restart.
                writer.book = try stored.book(writer.book.owner, writer.journal)
            }
            let replayed = SnapshotTests.replay(writer.book.owner, writer.journal)
            // Whole books in a message would bury it.
            let isStoredRight = try stored.book(writer.book.owner, writer.journal) == replayed
            let isWriterRight = writer.book == replayed
            #expect(isStoredRight)
            #expect(isWriterRight)
        }
    }

    @Test func `only pages that changed are written, and those without tasks are removed`() throws {
        var book = try TestBook()
        var ids: [TaskID] = []
        for index in 0..<200 { ids.append(try book.create("\(index)")) }
        let first = book.book.snapshotWork(over: nil)
        #expect(first.pages.map(\.number) == [0, 1, 2, 3])
        #expect(first.pages.map(\.lines.count) == [64, 64, 64, 8])
        book.book.noteSnapshot(first.snapshot)
        #expect(book.book.snapshotWork(over: first.snapshot).pages.isEmpty)
        try book.perform(.complete(ids[70]))
        for id in ids[128..<192] { try book.perform(.delete(id)) }
        let second = book.book.snapshotWork(over: first.snapshot)
        #expect(second.pages.map(\.number) == [1])
        #expect(second.emptied == [2])
        #expect(second.snapshot.pages == [0: 200, 1: 265, 3: 200])
        #expect(book.book.needsSnapshot)
    }

    @Test func `a book of mostly deleted tasks is numbered anew`() throws {
        var book = try TestBook()
        for index in 0..<1500 {
            let id = try book.create("\(index)")
            if index % 64 != 0 { try book.perform(.delete(id)) }
        }
        let first = book.book.snapshotWork(over: nil)
        book.book.noteSnapshot(first.snapshot)
        #expect(first.pages.count == 24)
        #expect(book.book.needsRenumbering)
        let before = book.book
        book.book.renumber()
        #expect(book.book == before)
        let second = book.book.snapshotWork(over: first.snapshot)
        #expect(second.pages.count == 1)
        #expect(second.emptied.count == 24)
        #expect(second.snapshot.numbering == 1)
        book.book.noteSnapshot(second.snapshot)
        #expect(!book.book.needsRenumbering)
        #expect(Book(owner: before.owner, snapshot: second.snapshot, pages: second.pages) == before)
        #expect(Book(owner: before.owner, snapshot: second.snapshot, pages: first.pages) == nil)
        #expect(Book(owner: before.owner, snapshot: second.snapshot, pages: []) == nil)
    }
}
