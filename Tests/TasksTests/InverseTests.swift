import TestSupport
import TestTools
import Testing

@testable import Tasks

/// What a change holds suffices to undo it, exactly.
struct InverseTests {
    private func operation(_ random: inout SeededRandom, _ known: [TaskID]) -> TaskOperation {
        let id = known.randomElement(using: &random) ?? TaskID(high: 1, low: 1)
        var content = TaskContent(title: "T\(Int.random(in: 0..<4, using: &random))")
        if Bool.random(using: &random) { content.description = "d" }
        if Bool.random(using: &random) { content.status = TaskStatus.allCases.randomElement(using: &random) ?? .todo }
        if Bool.random(using: &random) { content.priority = .high }
        if Bool.random(using: &random) { content.tags = ["x", "y"] }
        if Bool.random(using: &random) { content.dueDate = .time(.epoch) }
        if Int.random(in: 0..<4, using: &random) == 0 { content.dueDate = UTCDay("2026-01-31").map { .day($0) } }
        var fields: TaskFields = []
        for field in TaskField.allCases where Bool.random(using: &random) { fields.insert(field) }
        return switch Int.random(in: 0..<10, using: &random) {
        case 0...2: .create(content, id: nil)
        case 3: .create(content, id: id)
        case 4: .replace(id, content)
        case 5, 6: .patch(id, TaskPatch(of: content, only: fields))
        case 7: .complete(id)
        case 8: .reopen(id)
        default: .delete(id)
        }
    }

    /// The change with which a deleted task comes back, as it was before its end.
    private func revival(of end: TaskChange, on book: Book, now: Timestamp) -> TaskChange {
        TaskChange(
            sequence: book.head + 1,
            commit: book.head + 1,
            previous: end.commit,
            time: now,
            kind: .created,
            taskID: end.taskID,
            version: end.version + 1,
            before: TaskPatch(),
            after: end.before,
            createdAt: end.createdAt,
            endedVersion: end.version,
            actor: book.owner,
            channel: .rest
        )
    }

    /// A book with a random history, in which deleted tasks came back, and what it was after each change.
    private func history(seed: Int) throws -> (book: TestBook, states: [Book]) {
        var random = SeededRandom(seed: UInt64(seed))
        var book = try TestBook()
        var known: [TaskID] = []
        var revivals = 0
        for step in 0..<200 {
            book.now = book.now.advanced(byMilliseconds: .random(in: -1000...100_000, using: &random))
            let count = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 2...6, using: &random) : 1
            let command = TaskCommand((0..<count).map { _ in operation(&random, known) })
            do throws(TaskError) {
                known += try book.perform(command, key: Bool.random(using: &random) ? "k\(step)" : nil)
                    .filter { $0.kind == .created }.map(\.taskID)
            } catch {
                #expect(error.code == "TASK_NOT_FOUND" || error.code == "TASK_EXISTS", "\(error)")
            }
            guard let end = book.journal.last(where: { $0.kind == .deleted }), book.book.task(end.taskID) == nil,
                step.isMultiple(of: 7)
            else { continue }
            let change = revival(of: end, on: book.book, now: max(book.now, book.book.time))
            #expect(change.follows(nil))
            apply(change, to: &book.book)
            book.journal.append(change)
            revivals += 1
            let back = try #require(book.book.task(end.taskID))
            #expect(TaskPatch(of: back.content) == end.before)
            #expect(back.createdAt == end.createdAt)
            #expect(back.version == end.version + 1)
        }
        #expect(revivals > 3)
        var states = [Book(owner: book.book.owner)]
        for change in book.journal {
            var next = states[states.count - 1]
            apply(change, to: &next)
            states.append(next)
        }
        #expect(states.last == book.book)
        return (book, states)
    }

    @Test(arguments: 1...40)
    func `the state before each change comes of the change and the state after it`(seed: Int) throws {
        let (book, states) = try history(seed: seed)
        // Backwards, from the last state alone.
        var tasks = Dictionary(uniqueKeysWithValues: book.book.tasksInOrder.map { ($0.id, $0) })
        for (change, state) in zip(book.journal, states).reversed() {
            tasks[change.taskID] = change.origin(of: tasks[change.taskID], owner: book.book.owner)
            #expect(Array(tasks.values.sorted { $0.id < $1.id }) == state.tasksInOrder.sorted { $0.id < $1.id })
        }
        #expect(tasks.isEmpty)
    }

    @Test(arguments: 1...12)
    func `a book is taken back to what it was after each change, from any later one`(seed: Int) throws {
        let (book, states) = try history(seed: seed)
        var random = SeededRandom(seed: UInt64(seed))
        for (sequence, state) in states.enumerated() {
            for later in [book.journal.count, Int.random(in: sequence...book.journal.count, using: &random)] {
                var past = states[later]
                try past.takeBack(Array(book.journal[sequence..<later]))
                #expect(past.head == state.head)
                #expect(past.tasksInOrder == state.tasksInOrder)
                #expect(past.textBytes == state.textBytes)
                for task in state.tasksInOrder {
                    #expect(past.lastCommit(of: task.id) == state.lastCommit(of: task.id))
                }
            }
        }
    }

    @Test func `a book is not taken back over a change that does not tell what was before, or left another task`()
        throws
    {
        var book = try TestBook()
        let id = try book.create("A")
        try book.perform(.complete(id))
        try book.perform(.reopen(id))
        let before = book.book
        var untold = book.journal
        untold[1].since = nil
        #expect(throws: UntoldOrigin(sequence: 2)) { try book.book.takeBack(untold) }
        #expect(book.book == before)
        var other = book.journal
        other[1].version = 7
        #expect(throws: UntoldOrigin(sequence: 2)) { try book.book.takeBack(other) }
        other = book.journal
        other[2].kind = .deleted
        other[2].createdAt = .epoch
        #expect(throws: UntoldOrigin(sequence: 3)) { try book.book.takeBack(other) }
        #expect(book.book == before)
        try book.book.takeBack(Array(untold[2...]))
        #expect(book.book.task(id)?.content.status == .done)
        #expect(book.book.head == 2)
    }

    @Test(arguments: TaskChange.Kind.allCases)
    func `a change that does not tell when its task was changed before is not undone by guessing`(
        kind: TaskChange.Kind
    ) throws {
        var book = try TestBook()
        let id = try book.create("A")
        let task = try #require(book.book.task(id))
        var change = try #require(try book.perform(.delete(id)).first)
        change.kind = kind
        change.since = nil
        #expect(change.origin(of: kind == .deleted ? nil : task, owner: task.userID) == nil || !change.changesFields)
    }
}
