import TestSupport
import TestTools
import Testing

@testable import Tasks

/// Commands that are taken back.
struct UndoTests {
    private func rename(_ id: TaskID, _ title: String) -> TaskCommand {
        .patch(id, .setting(.title) { $0.title = title })
    }

    /// The undo of a command, by the journal of the book.
    static func undo(
        _ changes: [TaskChange],
        in book: TestBook,
        isForced: Bool = false
    ) throws -> TaskCommand {
        var past = PastChanges(of: try #require(PastCommand(changes)))
        let states = states(book)
        for change in book.journal where change.sequence >= changes[0].sequence {
            let (after, before) = (states[change.sequence], states[change.sequence - 1])
            let task = after.task(change.taskID) ?? before.task(change.taskID)
            past.take(RecordedChange(change: change, task: try #require(task)))
        }
        return TaskCommand(past.undo(isForced: isForced))
    }

    private func content(_ book: TestBook) -> [TaskID: TaskContent] {
        Dictionary(uniqueKeysWithValues: book.book.tasksInOrder.map { ($0.id, $0.content) })
    }

    @Test func `each kind of change is taken back, and the undo as well`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let created = book.journal
        for command in [rename(id, "B"), .complete(id), .delete(id)] {
            let (before, item) = (content(book), book.book.task(id))
            let done = try book.perform(command)
            let after = content(book)
            book.now = book.now.advanced(byMilliseconds: 5)
            let undone = try book.perform(Self.undo(done, in: book))
            #expect(content(book) == before)
            #expect(book.book.task(id)?.createdAt == item?.createdAt)
            #expect(undone.first?.notes.undone == done.first?.command)
            let redone = try book.perform(Self.undo(undone, in: book))
            #expect(content(book) == after)
            try book.perform(Self.undo(redone, in: book))
            #expect(content(book) == before)
        }
        // All that came since was taken back, but for what comes now.
        try book.perform(rename(id, "Z"))
        #expect(throws: TaskError.self) { try book.perform(Self.undo(created, in: book)) }
        try book.perform(Self.undo(created, in: book, isForced: true))
        #expect(content(book).isEmpty)
    }

    @Test func `a field that was changed since is a conflict, which tells who and when, and force sets it`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let done = try book.perform(rename(id, "B"))
        let other = try #require(try book.perform(rename(id, "C")).first)
        let head = book.book.head
        let command = try Self.undo(done, in: book)
        do throws(TaskError) {
            try book.perform(command)
            Issue.record("it was undone")
        } catch {
            guard case .undoConflict(let conflicts) = error, let conflict = conflicts.first else { throw error }
            #expect(conflicts.count == 1 && conflict.taskID == id && conflict.field == .title)
            #expect(conflict.theirs == .text("C") && conflict.ours == .text("A"))
            #expect(conflict.change.sequence == other.sequence && conflict.change.actor == other.actor)
        }
        #expect(book.book.head == head)
        try book.perform(Self.undo(done, in: book, isForced: true))
        #expect(book.book.task(id)?.content.title == "A")
        // Another field than the one that changed since is no conflict.
        let completed = try book.perform(.complete(id))
        try book.perform(rename(id, "D"))
        try book.perform(Self.undo(completed, in: book))
        #expect(book.book.task(id)?.content.status == .todo && book.book.task(id)?.content.title == "D")
    }

    @Test func `of several tasks all conflicts are told, and none is undone`() throws {
        var book = try TestBook()
        let (first, second, third) = (try book.create("A"), try book.create("B"), try book.create("C"))
        let done = try book.perform(TaskCommand([.complete(first), .complete(second), .complete(third)]))
        try book.perform(.reopen(first))
        try book.perform(.delete(second))
        let before = content(book)
        let command = try Self.undo(done, in: book)
        do throws(TaskError) {
            try book.perform(command)
            Issue.record("it was undone")
        } catch {
            guard case .undoConflict(let conflicts) = error else { throw error }
            // The one that was reopened is as the undo would have it.
            #expect(conflicts.map(\.taskID) == [second] && conflicts[0].field == nil)
        }
        #expect(content(book) == before)
    }

    @Test func `a task whose later changes are not all known is not undone`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let done = try book.perform(rename(id, "B"))
        let command = try Self.undo(done, in: book)
        try book.perform(.complete(id))
        #expect(throws: TaskError.journalNeeded([JournalNeed(operation: 0, changes: 0)])) { try book.perform(command) }
        let deletion = try book.perform(.delete(id))
        let revival = try Self.undo(deletion, in: book)
        try book.create("B")
        // Of a task that is gone nobody knows whether it was there meanwhile.
        #expect(throws: TaskError.journalNeeded([JournalNeed(operation: 0, changes: 0)])) { try book.perform(revival) }
        try book.perform(Self.undo(deletion, in: book))
        #expect(book.book.task(id)?.content.title == "B")
    }

    @Test(arguments: 1...60)
    func `after any history an undo gives exactly the state before, or names the conflict`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var book = try TestBook()
        var known: [TaskID] = []
        var (undone, conflicts, revived) = (0, 0, 0)
        var commands: [[TaskChange]] = []
        for _ in 0..<150 {
            book.now = book.now.advanced(byMilliseconds: 3)
            if let past = commands.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
                let isForced = Int.random(in: 0..<4, using: &random) == 0
                let command = try Self.undo(past, in: book, isForced: isForced)
                guard !command.operations.isEmpty else { continue }
                let latest = past.last?.sequence == book.book.head
                let before = Self.states(book)
                do throws(TaskError) {
                    let changes = try book.perform(command)
                    undone += 1
                    revived += changes.filter { $0.kind == .created }.count
                    if !changes.isEmpty { commands.append(changes) }
                    let origin = before[(past.first?.sequence ?? 1) - 1]
                    let result = before[past.last?.sequence ?? 0]
                    for id in Set(past.filter(\.changesFields).map(\.taskID)) {
                        let (was, left, now) = (origin.task(id), result.task(id), book.book.task(id))
                        // What it did and took back at once is nothing to be undone.
                        if was == nil, left == nil { continue }
                        #expect((was == nil) == (now == nil), "seed \(seed)")
                        for field in TaskField.allCases {
                            guard let was, let now else { continue }
                            if let left, was.content.isSame(field, in: left.content) { continue }
                            #expect(was.content.isSame(field, in: now.content), "seed \(seed): \(field)")
                        }
                        if latest { #expect(was?.content == now?.content && was?.createdAt == now?.createdAt) }
                    }
                } catch {
                    guard case .undoConflict(let told) = error else { throw error }
                    conflicts += 1
                    #expect(!told.isEmpty && told.allSatisfy { $0.change.sequence > past.last?.sequence ?? 0 })
                    #expect(!latest, "seed \(seed): nothing came after")
                }
                continue
            }
            let count = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 2...5, using: &random) : 1
            let command = TaskCommand((0..<count).map { _ in operation(&random, known) })
            do throws(TaskError) {
                let changes = try book.perform(command)
                known += changes.filter { $0.kind == .created }.map(\.taskID)
                if changes.contains(where: \.changesFields) { commands.append(changes) }
            } catch {
                #expect(["TASK_NOT_FOUND", "TASK_EXISTS"].contains(error.code), "\(error)")
            }
        }
        #expect(undone > 3 && conflicts > 0)
        #expect(SnapshotTests.replay(book.book.owner, book.journal) == book.book)
        var version: [TaskID: Int] = [:]
        for change in book.journal where change.changesFields {
            #expect(change.version > version[change.taskID] ?? 0, "seed \(seed): a version came twice")
            version[change.taskID] = change.version
        }
    }

    private static func states(_ book: TestBook) -> [Book] {
        var states = [Book(owner: book.book.owner)]
        for change in book.journal {
            var next = states[states.count - 1]
            apply(change, to: &next)
            states.append(next)
        }
        return states
    }

    private func operation(_ random: inout SeededRandom, _ known: [TaskID]) -> TaskOperation {
        let id = known.randomElement(using: &random) ?? TaskID(high: 1, low: 1)
        var content = TaskContent(title: "T\(Int.random(in: 0..<4, using: &random))")
        if Bool.random(using: &random) { content.tags = ["x"] }
        if Bool.random(using: &random) { content.priority = .high }
        return switch Int.random(in: 0..<10, using: &random) {
        case 0...2: .create(content, id: nil)
        case 3: .create(content, id: id)
        case 4: .replace(id, content)
        case 5: .patch(id, TaskPatch(of: content, only: [.priority]))
        case 6: .patch(id, TaskPatch(of: content, only: [.title, .tags]))
        case 7: .complete(id)
        case 8: .reopen(id)
        default: .delete(id)
        }
    }
}
