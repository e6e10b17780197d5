import TestSupport
import Testing

@testable import Tasks

/// Changes that are based on an older version.
struct MergeTests {
    /// A book with a task whose base is version 1, and which another change brought to version 2.
    private func changed(_ base: TaskContent, by other: TaskPatch) throws -> (TestBook, TaskItem, TaskID) {
        var book = try TestBook()
        let id = try #require(try book.perform(.create(base, id: nil)).first).taskID
        let item = try #require(book.book.task(id))
        try book.perform(.patch(id, other))
        return (book, item, id)
    }

    private func decided(
        _ operation: TaskOperation,
        on book: TestBook,
        from base: TaskItem?
    ) throws(TaskError) -> Decision {
        var context = CommandContext(actor: book.book.owner, channel: .rest)
        context.conditions[0] = TaskCondition(version: 1, otherwise: .mergeFrom(base))
        var draft = BookDraft(of: book.book)
        return try decide(&draft, CheckedCommand(TaskCommand([operation])), context: context, now: book.now) {
            TaskID(high: 9, low: 9)
        }
    }

    @Test func `other fields than those that changed since are set, and those are kept and told`() throws {
        let (book, base, id) = try changed(TaskContent(title: "A"), by: .setting(.priority) { $0.priority = .high })
        let decision = try decided(.patch(id, .setting(.title) { $0.title = "B" }), on: book, from: base)
        let task = try #require(decision.outcomes[0].task)
        #expect(task.content.title == "B" && task.content.priority == .high && task.version == 3)
        #expect(decision.outcomes[0].merged == [.priority])
        // A replacement leaves alone what it does not change of the base.
        let replaced = try decided(.replace(id, TaskContent(title: "C")), on: book, from: base)
        #expect(replaced.outcomes[0].task?.content.priority == .high)
        #expect(replaced.outcomes[0].task?.content.title == "C")
    }

    @Test func `the same field is a conflict with all three values, unless both set it alike`() throws {
        let (book, base, id) = try changed(TaskContent(title: "A"), by: .setting(.title) { $0.title = "T" })
        let current = try #require(book.book.task(id))
        var yours = base.content
        yours.title = "Y"
        let conflict = MergeConflict(current: current, base: base.content, yours: yours, fields: [.title])
        #expect(throws: TaskError.mergeConflict(conflict)) {
            try decided(.patch(id, .setting(.title) { $0.title = "Y" }), on: book, from: base)
        }
        let alike = try decided(.patch(id, .setting(.title) { $0.title = "T" }), on: book, from: base)
        #expect(alike.changes.isEmpty)
        // Completed and status are one field.
        let (other, otherBase, done) = try changed(
            TaskContent(title: "A"),
            by: .setting(.status) { $0.status = .inProgress }
        )
        #expect(throws: (any Error).self) { try decided(.complete(done), on: other, from: otherBase) }
    }

    @Test(arguments: [
        (["a", "b"], ["a", "b", "x"], ["b", "c"], ["b", "c", "x"]), (["a"], [], ["a", "c"], ["c"]),
        ([], ["x", "y"], ["y", "z"], ["y", "z", "x"]), (["a", "b"], ["b"], ["a"], []),
        (["e\u{301}"], ["é"], ["e\u{301}", "k"], ["k", "é"]),
    ])
    func `tags are added and removed as both sides did`(
        base: [String],
        yours: [String],
        theirs: [String],
        wanted: [String]
    ) throws {
        var content = TaskContent(title: "A")
        content.tags = base
        let (book, item, id) = try changed(content, by: .setting(.tags) { $0.tags = theirs })
        let decision = try decided(.patch(id, .setting(.tags) { $0.tags = yours }), on: book, from: item)
        let merged = try #require(decision.outcomes[0].task).content.tags
        #expect(merged.map { Array($0.utf8) } == wanted.map { Array($0.utf8) })
    }

    @Test func `more tags than a task may have are a conflict`() throws {
        let (few, many) = ((0..<10).map { "a\($0)" }, (0..<11).map { "b\($0)" })
        let (book, item, id) = try changed(TaskContent(title: "A"), by: .setting(.tags) { $0.tags = few })
        do throws(TaskError) {
            _ = try decided(.patch(id, .setting(.tags) { $0.tags = many }), on: book, from: item)
            Issue.record("it was merged")
        } catch {
            guard case .mergeConflict(let conflict) = error else { throw error }
            #expect(conflict.fields == [.tags])
        }
    }

    @Test func `without the base it is refused as a change of another version is`() throws {
        let (book, _, id) = try changed(TaskContent(title: "A"), by: .setting(.priority) { $0.priority = .high })
        let current = try #require(book.book.task(id))
        #expect(throws: TaskError.versionMismatch(current: current)) {
            try decided(.patch(id, .setting(.title) { $0.title = "B" }), on: book, from: nil)
        }
    }
}
