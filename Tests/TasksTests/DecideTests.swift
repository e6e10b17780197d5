import TestSupport
import Testing

@testable import Tasks

struct DecideTests {
    @Test func `a create makes version 1 and the first sequence`() throws {
        var book = try TestBook()
        let changes = try book.perform(.create(TaskContent(title: "A"), id: nil))
        #expect(changes.map(\.sequence) == [1])
        #expect(changes.map(\.kind) == [.created])
        let task = try #require(book.book.tasksInOrder.first)
        #expect(task.version == 1)
        #expect(task.createdAt == task.updatedAt)
        #expect(book.book.head == 1)
    }

    @Test func `a patch that changes nothing yields no change`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        var patch = TaskPatch()
        patch.set(.title) { $0.title = " A " }
        patch.set(.description)
        patch.completed = false
        #expect(try book.perform(.patch(id, patch)).isEmpty)
        #expect(try book.perform(.replace(id, TaskContent(title: "A"))).isEmpty)
        #expect(try book.perform(.reopen(id)).isEmpty)
        #expect(book.book.head == 1)
    }

    @Test func `a change has before and after of the fields that changed, and no others`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        var patch = TaskPatch()
        patch.set(.title) { $0.title = "B" }
        patch.set(.dueDate) { $0.dueDate = .time(.epoch) }
        patch.set(.priority) { $0.priority = .medium }
        let change = try #require(try book.perform(.patch(id, patch)).first)
        var before = TaskPatch()
        before.set(.title) { $0.title = "A" }
        before.set(.dueDate)
        var after = TaskPatch()
        after.set(.title) { $0.title = "B" }
        after.set(.dueDate) { $0.dueDate = .time(.epoch) }
        #expect(change.before == before)
        #expect(change.after == after)
        #expect(change.version == 2)
        #expect(change.kind == .updated)
    }

    @Test func `complete, reopen and the status itself tell the same story`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        #expect(try book.perform(.complete(id)).map(\.kind) == [.completed])
        #expect(try book.perform(.complete(id)).isEmpty)
        #expect(book.book.task(id)?.content.completed == true)
        #expect(try book.perform(.reopen(id)).map(\.kind) == [.reopened])
        #expect(book.book.task(id)?.content.status == .todo)
        var patch = TaskPatch()
        patch.set(.status) { $0.status = .inProgress }
        #expect(try book.perform(.patch(id, patch)).map(\.kind) == [.updated])
        #expect(try book.perform(.reopen(id)).isEmpty)
        patch = TaskPatch()
        patch.completed = true
        #expect(try book.perform(.patch(id, patch)).map(\.kind) == [.completed])
    }

    @Test func `an expected version that is not the task's is refused with the task`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        try book.perform(.complete(id))
        let current = try #require(book.book.task(id))
        for command in [TaskCommand.delete(id), .reopen(id), .complete(id), .replace(id, TaskContent(title: "A"))] {
            #expect(throws: TaskError.versionMismatch(current: current)) { try book.perform(command, expecting: 1) }
        }
        #expect(try book.perform(.delete(id), expecting: 2).map(\.version) == [3])
        #expect(throws: TaskError.notFound(id)) { try book.perform(.complete(id)) }
    }

    @Test func `an identifier that is taken is refused`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        #expect(throws: TaskError.alreadyExists(id)) { try book.perform(.create(TaskContent(title: "B"), id: id)) }
    }

    @Test func `a repeated key changes nothing for a day, and its first use is known`() throws {
        var book = try TestBook()
        let first = try #require(try book.perform(.create(TaskContent(title: "A"), id: nil), key: "k").first)
        #expect(try book.perform(.create(TaskContent(title: "A"), id: nil), key: "k").isEmpty)
        #expect(book.book.firstUse(of: Fingerprint(key: "k", channel: .event), now: book.now)?.taskID == first.taskID)
        book.now = book.now.advanced(byMilliseconds: 86_400_000)
        #expect(book.book.firstUse(of: Fingerprint(key: "k", channel: .event), now: book.now) == nil)
        #expect(try book.perform(.create(TaskContent(title: "A"), id: nil), key: "k").count == 1)
        #expect(try book.perform(.create(TaskContent(title: "A"), id: nil), key: "k").isEmpty)
    }

    @Test func `at most 10,000 keys are kept`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        for index in 0...10_000 {
            try book.perform(index.isMultiple(of: 2) ? .complete(id) : .reopen(id), key: "k\(index)")
        }
        #expect(book.book.firstUse(of: Fingerprint(key: "k0", channel: .event), now: book.now) == nil)
        #expect(book.book.firstUse(of: Fingerprint(key: "k1", channel: .event), now: book.now) != nil)
    }

    @Test func `time in a book never goes back`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let created = try #require(book.book.task(id)).createdAt
        book.now = .epoch
        try book.perform(.complete(id))
        #expect(book.book.task(id)?.updatedAt == created)
    }

    @Test func `a full book takes no more`() throws {
        var book = try TestBook()
        for index in 0..<TaskRules.tasksPerOwner { _ = try book.create("\(index)") }
        #expect(throws: TaskError.limitExceeded(limit: TaskRules.tasksPerOwner)) { try book.create("one more") }
    }

    @Test func `texts take no more bytes than they may, and a book above the limit can be shrunk`() throws {
        var book = try TestBook()
        book.textLimit = 100
        let id = try book.create(String(repeating: "é", count: 30))
        try book.create(String(repeating: "a", count: 40))
        #expect(throws: TaskError.bookFull(used: 100, limit: 100)) { try book.create("b") }
        var patch = TaskPatch()
        patch.set(.description) { $0.description = "b" }
        #expect(throws: TaskError.bookFull(used: 100, limit: 100)) { try book.perform(.patch(id, patch)) }
        // What does not make it longer is fine, also where the limit came down.
        book.textLimit = 50
        try book.perform(.complete(id))
        patch = TaskPatch()
        patch.set(.title) { $0.title = "short" }
        try book.perform(.patch(id, patch))
        #expect(book.book.textBytes == 45)
        try book.create("four")
        try book.perform(.delete(id))
        #expect(book.book.textBytes == 44)
    }

    @Test(arguments: [("<&>", 18), ("a\"\\", 5), ("é\u{1F600}", 6)])
    func `texts weigh what they take where they are stored`(text: String, bytes: Int) throws {
        var book = try TestBook()
        try book.create(text)
        #expect(book.book.textBytes == bytes)
        book.textLimit = 2 * bytes
        try book.create(text)
        #expect(throws: TaskError.bookFull(used: 2 * bytes, limit: 2 * bytes)) { try book.create("b") }
    }

    @Test func `a change from one spelling of a text to another is made, though Unicode calls them equal`() throws {
        var book = try TestBook()
        let id = try book.create("caf\u{E9}")
        var patch = TaskPatch()
        patch.set(.title) { $0.title = "cafe\u{301}" }
        patch.set(.description) { $0.description = "\u{212A}" }
        patch.set(.tags) { $0.tags = ["\u{E9}"] }
        #expect(try book.perform(.patch(id, patch)).count == 1)
        patch.set(.description) { $0.description = "K" }
        patch.set(.tags) { $0.tags = ["e\u{301}"] }
        let changes = try book.perform(.patch(id, patch))
        #expect(changes.first?.after.fields == [.description, .tags])
        let task = try #require(book.book.task(id))
        #expect(Array(task.content.title.utf8) == Array("cafe\u{301}".utf8))
        #expect(task.content.description.map { Array($0.utf8) } == Array("K".utf8))
        #expect(task.content.tags.map { Array($0.utf8) } == [Array("e\u{301}".utf8)])
        #expect(try book.perform(.patch(id, patch)).isEmpty)
    }

    @Test func `an identifier that is used again comes to no version it had before`() throws {
        var book = try TestBook()
        let id = TaskID(high: 1, low: 2)
        var versions: [Int] = []
        for _ in 0..<3 {
            versions += try book.perform(.create(TaskContent(title: "A"), id: id)).map(\.version)
            versions += try book.perform(.complete(id)).map(\.version)
            versions += try book.perform(.delete(id)).map(\.version)
        }
        #expect(Set(versions).count == 9)
        #expect(versions == versions.sorted())
        // One that is made here is used once.
        let made = try book.create("B")
        #expect(book.book.task(made)?.version == 1)
    }
}
