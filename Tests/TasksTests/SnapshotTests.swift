import TestTools
import Testing

@testable import Tasks

/// Books that are put together from pages of different ages.
struct SnapshotTests {
    /// A stored snapshot: documents that are written one by one, and never over another.
    struct Stored {
        var head: BookSnapshot?
        var pages: [SnapshotPageName: SnapshotPage] = [:]
        private var writes = 0

        mutating func write(_ work: SnapshotWork, pages count: Int = .max, head writesHead: Bool = true) {
            writes += 1
            var snapshot = work.snapshot
            for page in work.pages.prefix(count) {
                let name = SnapshotPageName(number: page.number, sequence: page.sequence, mark: "\(writes)")
                pages[name] = page
                snapshot.pages[page.number] = name
            }
            if writesHead { head = snapshot }
        }

        func book(_ owner: OwnerID, _ journal: [TaskChange]) throws -> Book {
            guard let head else { return SnapshotTests.replay(owner, journal) }
            let listed = try head.pages.values.map { try #require(pages[$0]) }
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

    private func step(_ book: inout TestBook, _ random: inout SeededRandom, deleting: Int = 3) throws {
        let id = book.book.tasksInOrder.randomElement(using: &random)?.id
        let key = Int.random(in: 0..<5, using: &random) == 0 ? "k\(Int.random(in: 0..<40, using: &random))" : nil
        book.now = book.now.advanced(byMilliseconds: .random(in: -1000...600_000, using: &random))
        var patch = TaskPatch()
        patch.set(.title) { $0.title = "T\(Int.random(in: 0..<9, using: &random))" }
        let command: TaskCommand =
            switch (Int.random(in: 0..<10, using: &random), id) {
            case (..<deleting, let id?): .delete(id)
            case (..<(deleting + 2), let id?): .patch(id, patch)
            case (deleting + 2, let id?): .complete(id)
            default: .create(TaskContent(title: "N"), id: nil)
            }
        do throws(TaskError) {
            try book.perform(command, key: key)
        } catch {
            #expect(error == .keyReused)
        }
    }

    @Test(arguments: 1...60)
    func `whatever was written of snapshots, and by whom, the book is the journal's`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
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
                stored.write(writer.book.snapshotWork(over: stored.head))
                writer.book.noteSnapshot(try #require(stored.head))
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
                stored.write(other.snapshotWork(over: stored.head))
                other.noteSnapshot(try #require(stored.head))
            case 4:
                // The other one finds that a faster one has written, and goes on from there while it is behind.
                guard let head = stored.head, head.numbering == other.snapshotNumbering, other.head <= head.sequence,
                    other.head > 0
                else { continue }
                other.noteSnapshot(head)
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
            let isOtherRight = other == SnapshotTests.replay(other.owner, writer.journal.prefix(other.head))
            #expect(isOtherRight)
        }
    }

    @Test func `a view that is behind a stored snapshot keeps the key of the change that the snapshot ends with`()
        throws
    {
        var writer = try TestBook()
        var behind = Book(owner: writer.book.owner)
        for index in 0..<64 { try writer.perform(.create(TaskContent(title: "N"), id: nil), key: "k\(index)") }
        for change in writer.journal.prefix(60) { apply(change, to: &behind) }
        var stored = Stored()
        stored.write(writer.book.snapshotWork(over: nil))
        behind.noteSnapshot(try #require(stored.head))
        for change in writer.journal.dropFirst(60) { apply(change, to: &behind) }
        let isRight = behind == writer.book
        #expect(isRight)
        // What it writes next has all keys.
        try writer.perform(.create(TaskContent(title: "N"), id: nil), key: "k64")
        apply(try #require(writer.journal.last), to: &behind)
        #expect(behind.snapshotWork(over: stored.head).snapshot.keys.count == 65)
    }

    @Test func `pages of the first format are all written anew, under names that nobody overwrites`() throws {
        var book = try TestBook()
        for index in 0..<130 { try book.create("\(index)") }
        let pages = book.book.snapshotWork(over: nil).pages
        var old = book.book.snapshotWork(over: nil).snapshot
        for page in pages { old.pages[page.number] = SnapshotPageName(number: page.number, sequence: 130, mark: nil) }
        var read = try #require(Book(owner: book.book.owner, snapshot: old, pages: pages))
        try book.create("one more")
        apply(try #require(book.journal.last), to: &read)
        let work = read.snapshotWork(over: old)
        #expect(work.pages.map(\.number) == [0, 1, 2])
        #expect(work.snapshot.pages.isEmpty)
    }

    @Test func `a page of the first format that a slow writer put back is brought up by the journal`() throws {
        var book = try TestBook()
        for index in 0..<64 { try book.create("\(index)") }
        let slow = book.book.snapshotWork(over: nil).pages
        try book.create("one more")
        var head = book.book.snapshotWork(over: nil).snapshot
        let new = book.book.snapshotWork(over: nil).pages
        for page in new { head.pages[page.number] = SnapshotPageName(number: page.number, sequence: 65, mark: nil) }
        var read = try #require(Book(owner: book.book.owner, snapshot: head, pages: [slow[0], new[1]]))
        #expect(read.head == 64)
        for change in book.journal.dropFirst(64) { apply(change, to: &read) }
        let isRight = read == book.book
        #expect(isRight)
        // Under a name of its own such a page would be another's.
        head.pages[0] = SnapshotPageName(number: 0, sequence: 65, mark: "a")
        #expect(Book(owner: book.book.owner, snapshot: head, pages: [slow[0], new[1]]) == nil)
    }

    @Test func `only pages that changed are written, and those without tasks are removed`() throws {
        var book = try TestBook()
        var ids: [TaskID] = []
        for index in 0..<200 { ids.append(try book.create("\(index)")) }
        var stored = Stored()
        let first = book.book.snapshotWork(over: nil)
        #expect(first.pages.map(\.number) == [0, 1, 2, 3])
        #expect(first.pages.map(\.lines.count) == [64, 64, 64, 8])
        stored.write(first)
        book.book.noteSnapshot(try #require(stored.head))
        #expect(book.book.snapshotWork(over: stored.head).pages.isEmpty)
        try book.perform(.complete(ids[70]))
        for id in ids[128..<192] { try book.perform(.delete(id)) }
        let second = book.book.snapshotWork(over: stored.head)
        #expect(second.pages.map(\.number) == [1])
        stored.write(second)
        #expect(stored.head?.pages.mapValues(\.sequence) == [0: 200, 1: 265, 3: 200])
        #expect(book.book.needsSnapshot)
    }

    @Test func `a book of mostly deleted tasks is numbered anew`() throws {
        var book = try TestBook()
        for index in 0..<1500 {
            let id = try book.create("\(index)")
            if index % 64 != 0 { try book.perform(.delete(id)) }
        }
        var stored = Stored()
        let first = book.book.snapshotWork(over: nil)
        stored.write(first)
        book.book.noteSnapshot(try #require(stored.head))
        #expect(first.pages.count == 24)
        #expect(book.book.needsRenumbering)
        let before = book.book
        book.book.renumber()
        #expect(book.book == before)
        let second = book.book.snapshotWork(over: stored.head)
        #expect(second.pages.count == 1)
        #expect(second.snapshot.pages.isEmpty)
        #expect(second.snapshot.numbering == 1)
        stored.write(second)
        let head = try #require(stored.head)
        book.book.noteSnapshot(head)
        #expect(!book.book.needsRenumbering)
        #expect(Book(owner: before.owner, snapshot: head, pages: second.pages) == before)
        #expect(Book(owner: before.owner, snapshot: head, pages: first.pages) == nil)
        #expect(Book(owner: before.owner, snapshot: head, pages: []) == nil)
    }
}
