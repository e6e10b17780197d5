import TestSupport
import TestTools
import Testing

@testable import Tasks

/// Random commands keep what must always hold.
struct BookPropertyTests {
    @Test(arguments: 1...40)
    func `random commands keep the invariants, and replay gives the same book`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var book = try TestBook()
        var known: [TaskID] = []
        var draft: BookDraft?
        for _ in 0..<400 {
            book.now = book.now.advanced(byMilliseconds: .random(in: -5_000_000...10_000_000, using: &random))
            let command = randomCommand(&random, known)
            let key = Bool.random(using: &random) ? "k\(Int.random(in: 0..<60, using: &random))" : nil
            let version = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 1...3, using: &random) : nil
            let before = book.book
            draft = BookDraft(of: before)
            do throws(TaskError) {
                let changes = try book.perform(command, expecting: version, key: key)
                for change in changes {
                    draft?.apply(change)
                    if change.kind == .created { known.append(change.taskID) }
                    let old = before.task(change.taskID)
                    #expect(change.before == .init() || change.after == .init() || change.before != change.after)
                    // A key is remembered by a change of nothing.
                    #expect(change.changesFields || key != nil)
                    #expect(change.follows(old))
                    #expect(change.previous == before.lastCommit(of: change.taskID))
                    #expect(change.time >= before.time)
                    if let old, var undone = book.book.task(change.taskID)?.content {
                        change.before.apply(to: &undone)
                        #expect(undone == old.content)
                    }
                }
                #expect(book.book.head == before.head + changes.count)
                if changes.isEmpty { #expect(book.book == before) }
            } catch {
                #expect(book.book == before)
            }
            let touched = try #require(draft)
            #expect(touched.head == book.book.head)
            #expect(touched.count == book.book.count)
            #expect(touched.time == book.book.time)
            for id in known.suffix(5) { #expect(touched.task(id) == book.book.task(id)) }
        }
        let tasks = book.book.tasksInOrder
        #expect(tasks.count == book.book.count)
        #expect(book.journal.map(\.sequence) == Array(1...book.journal.count))
        for (left, right) in zip(tasks, tasks.dropFirst()) {
            #expect((left.createdAt, left.id) < (right.createdAt, right.id))
        }
        for task in tasks {
            #expect(task.value(of: .mark(.completed)) == .bool(task.content.status == .done))
            #expect(task.createdAt <= task.updatedAt)
            #expect(try task.content.checked() == task.content)
        }
        var replayed = Book(owner: book.book.owner)
        for change in book.journal { apply(change, to: &replayed) }
        #expect(replayed == book.book)
        #expect(replayed.approximateBytes == book.book.approximateBytes)
    }

    private func randomCommand(_ random: inout SeededRandom, _ known: [TaskID]) -> TaskCommand {
        let id = known.randomElement(using: &random) ?? TaskID(high: 1, low: 1)
        var patch = TaskPatch()
        let titles = ["A", "B", " "]
        if Bool.random(using: &random) { patch.set(.title) { $0.title = titles.randomElement(using: &random) ?? "" } }
        if Bool.random(using: &random) {
            patch.set(.description) { $0.description = Bool.random(using: &random) ? "d" : nil }
        }
        if Bool.random(using: &random) {
            patch.set(.status) { $0.status = TaskStatus.allCases.randomElement(using: &random) ?? .todo }
        }
        if Bool.random(using: &random) { patch.completed = Bool.random(using: &random) }
        if Bool.random(using: &random) {
            patch.set(.tags) { $0.tags = [["x"], [], ["y", "x"]].randomElement(using: &random) ?? [] }
        }
        let draft = TaskContent(
            title: ["A", "B", ""].randomElement(using: &random) ?? "A",
            status: TaskStatus.allCases.randomElement(using: &random) ?? .todo,
            dueDate: Bool.random(using: &random) ? .epoch : nil
        )
        return switch Int.random(in: 0..<10, using: &random) {
        case 0...2: .create(draft, id: nil)
        case 3: .create(draft, id: id)
        case 4: .replace(id, draft)
        case 5, 6: .patch(id, patch)
        case 7: .complete(id)
        case 8: .reopen(id)
        default: .delete(id)
        }
    }
}
