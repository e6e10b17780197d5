import TestSupport
import Testing

@testable import Tasks

/// Commands of several operations.
struct CommandTests {
    private func renaming(_ id: TaskID, _ title: String) -> TaskOperation {
        .patch(id, .setting(.title) { $0.title = title })
    }

    @Test func `each operation finds the book as those before it leave it, and all are one command`() throws {
        var book = try TestBook()
        let (old, id) = (try book.create("old"), TaskID(high: 1, low: 1))
        let operations: [TaskOperation] = [
            .create(TaskContent(title: "A"), id: id), renaming(id, "B"), .complete(id), .complete(id), .delete(old),
            .create(TaskContent(title: "C"), id: nil), .delete(id), .create(TaskContent(title: "D"), id: id),
        ]
        let changes = try book.perform(TaskCommand(operations))
        // The second completion changes nothing.
        let kinds: [TaskChange.Kind] = [.created, .updated, .completed, .deleted, .created, .deleted, .created]
        #expect(changes.map(\.kind) == kinds)
        #expect(changes.map(\.sequence) == Array(2...8))
        #expect(changes.map(\.part) == (0..<7).map { CommandPart(index: $0, count: 7) })
        #expect(changes.allSatisfy { $0.commit == 2 && $0.command == 2...8 })
        #expect(changes.map(\.previous) == [0, 2, 2, 1, 0, 2, 0])
        // What begins again does not come to a version that it had in the same command.
        #expect(changes.filter { $0.taskID == id }.map(\.version) == [2, 3, 4, 5, 8])
        #expect(Set(book.book.tasksInOrder.map(\.content.title)) == ["C", "D"])
        #expect(SnapshotTests.replay(book.book.owner, book.journal) == book.book)
    }

    @Test func `one operation that is refused refuses all, and leaves what there was`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let before = book.book
        var draft = BookDraft(of: before)
        let context = CommandContext(actor: before.owner, channel: .rest, idempotencyKey: "k")
        let operations: [TaskOperation] = [
            .create(TaskContent(title: "B"), id: nil), .delete(id), .complete(id),
        ]
        #expect(throws: TaskError.inOperation(2, .notFound(id))) {
            try decide(&draft, CheckedCommand(TaskCommand(operations)), context: context, now: book.now) {
                TaskID(high: 2, low: 2)
            }
        }
        #expect(draft.head == before.head && draft.count == 1 && draft.textBytes == before.textBytes)
        #expect(draft.task(id) == before.task(id))
        #expect(draft.task(TaskID(high: 2, low: 2)) == nil)
        // Nor is its key taken.
        let decision = try decide(&draft, CheckedCommand(.delete(id)), context: context, now: book.now) { id }
        #expect(decision.changes.map(\.change.kind) == [.deleted])
    }

    @Test func `under a key each operation is one change, and the key stands for all of them`() throws {
        var book = try TestBook()
        let (first, second) = (try book.create("A"), try book.create("B"))
        let command = TaskCommand([.reopen(first), .complete(second), .delete(first)])
        let changes = try book.perform(command, key: "k")
        #expect(changes.map(\.kind) == [.updated, .completed, .deleted])
        #expect(changes.map(\.changesFields) == [false, true, true])
        let use = try #require(book.book.firstUse(of: Fingerprint(key: "k", channel: .event), now: book.now))
        #expect(use.changes == 3...5)
        #expect(use.commit == 3)
        #expect(try book.perform(command, key: "k").isEmpty)
        let others = [
            TaskCommand([.reopen(first), .complete(second)]),
            TaskCommand([.complete(second), .reopen(first), .delete(first)]),
            .delete(first),
        ]
        for other in others { #expect(throws: TaskError.keyReused) { try book.perform(other, key: "k") } }
        // After a day the key may be used again.
        book.now = book.now.advanced(byMilliseconds: 86_400_000)
        #expect(try book.perform(.complete(second), key: "k").count == 1)
        #expect(book.book.firstUse(of: Fingerprint(key: "k", channel: .event), now: book.now)?.changes == 6...6)
    }

    @Test func `a version is expected of each task as the command finds it`() throws {
        var book = try TestBook()
        let (first, second) = (try book.create("A"), try book.create("B"))
        try book.perform(.complete(second))
        let command = TaskCommand([renaming(first, "C"), .complete(first), .delete(second)])
        let before = book.book
        var draft = BookDraft(of: before)
        func decided(_ versions: [Int: Int]) throws(TaskError) -> Int {
            let context = CommandContext(
                actor: before.owner,
                channel: .rest,
                conditions: versions.mapValues { TaskCondition(version: $0) }
            )
            return try decide(&draft, CheckedCommand(command), context: context, now: before.time) { first }.changes
                .count
        }
        let current = try #require(before.task(second))
        #expect(throws: TaskError.inOperation(2, .versionMismatch(current: current))) { try decided([0: 1, 2: 1]) }
        // The command's own changes count.
        #expect(try decided([0: 1, 1: 2, 2: 2]) == 3)
    }

    @Test func `how many operations there are is limited, and faults name theirs`() throws {
        func faults(_ operations: [TaskOperation]) -> [String] {
            do throws(TaskError) {
                _ = try CheckedCommand(TaskCommand(operations))
            } catch {
                if case .invalid(let faults) = error { return faults.map { "\($0.field) \($0.code)" } }
            }
            return []
        }
        let good = TaskOperation.create(TaskContent(title: "A"), id: nil)
        #expect(faults([]) == ["operations required"])
        #expect(faults(Array(repeating: good, count: TaskRules.operationLimit)) == [])
        #expect(faults(Array(repeating: good, count: TaskRules.operationLimit + 1)) == ["operations too_many"])
        let bad = TaskOperation.create(TaskContent(title: " ", tags: ["a", "a"]), id: nil)
        #expect(faults([bad]) == ["title required", "tags[1] duplicate"])
        #expect(
            faults([good, bad, renaming(TaskID(high: 1, low: 1), "")])
                == [
                    "operations[1].task.title required", "operations[1].task.tags[1] duplicate",
                    "operations[2].task.title required",
                ]
        )
    }
}
