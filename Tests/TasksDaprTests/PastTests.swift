import Dapr
import DaprJSON
import TaskJSON
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Books and tasks as they were, over the store.
struct PastTests {
    @Test func `a book as of each change is the one replayed to it, whichever way leads there`() async throws {
        // So that a way has at most 320 changes.
        let scene = try PastScene(checkpointInterval: 128)
        try await scene.write(2000)
        let journal = try scene.journal()
        let stored = try #require(try scene.stored())
        #expect(stored.checkpoints.count > 10)
        let range = PastRange(head: journal.count, stored: stored, reach: PastRange.reach(128))
        #expect(range.oldest == 0)
        let cold = try Engine(scene.sidecar, configuration: scene.engine.service.journal.configuration)
        #expect(try await cold.list() == scene.engine.list())
        var (forwards, backwards) = (0, 0)
        var replayed = Book(owner: scene.engine.owner)
        for sequence in 0...journal.count {
            if sequence > 0 { apply(journal[sequence - 1], to: &replayed) }
            guard sequence.isMultiple(of: 17) || sequence > journal.count - 3 else { continue }
            let isNear = journal.count - sequence <= 320
            let start =
                isNear ? journal.count : try #require(range.starts(for: sequence).first.map(range.sequence(at:)))
            if start < sequence { forwards += 1 } else { backwards += 1 }
            scene.sidecar.forgetCalls()
            let past = try await scene.book(.sequence(sequence), by: sequence.isMultiple(of: 2) ? cold : scene.engine)
            #expect(past.isSettled)
            #expect(past.book.head == sequence)
            #expect(past.book.tasksInOrder == replayed.tasksInOrder, "\(sequence)")
            // What is on the way, the commit in which it may begin, and whether there is news.
            let asked = Set(scene.sidecar.calls.flatMap(\.keys).filter { $0.hasPrefix("log:u1:") })
            #expect(asked.count <= abs(start - sequence) + CommitRecord.changeLimit + 1, "\(sequence)")
        }
        #expect(forwards > 20 && backwards > 20, "\(forwards), \(backwards)")
    }

    @Test
    func `a task as of each change is what it was, though it is deleted since, and what was not there is not found`()
        async throws
    {
        let scene = try PastScene(checkpointInterval: 128)
        try await scene.write(600)
        let journal = try scene.journal()
        let ids = Set(journal.map(\.taskID)).sorted()
        var random = SeededRandom(seed: 3)
        var replayed = Book(owner: scene.engine.owner)
        var (found, gone, absent) = (0, 0, 0)
        for sequence in 0...journal.count {
            if sequence > 0 { apply(journal[sequence - 1], to: &replayed) }
            guard random.oneIn(3) else { continue }
            let id = random.pick(ids)
            guard let task = replayed.task(id) else {
                absent += 1
                await #expect(throws: TaskError.notFound(id)) { try await scene.task(id, .sequence(sequence)) }
                continue
            }
            let past = try await scene.task(id, .sequence(sequence))
            #expect(past.document.bytes == task.document)
            #expect(past.document.version == task.version)
            #expect(past.sequence == sequence && past.isSettled)
            found += 1
            if scene.sidecar.rows["task:u1:\(id)"] == nil { gone += 1 }
        }
        #expect(found > 30 && gone > 5 && absent > 30, "\(found), \(gone), \(absent)")
        let stranger = TaskID(high: 1, low: 1)
        await #expect(throws: TaskError.notFound(stranger)) { try await scene.task(stranger, .sequence(5)) }
    }

    @Test func `one task is found by its own changes, however many others there were`() async throws {
        let scene = try PastScene()
        let id = try #require(try await scene.engine.create("A").task).id
        try await scene.engine.perform(.complete(id))
        for number in 0..<300 { try await scene.engine.create("\(number)") }
        try await scene.engine.perform(.reopen(id))
        scene.sidecar.forgetCalls()
        let past = try await scene.task(id, .sequence(150))
        #expect(past.document.version == 2)
        // That there is no news, and the two commits of the task.
        #expect(scene.sidecar.calls.map(\.keys) == [["log:u1:304"], ["log:u1:303"], ["log:u1:2"]])
    }

    @Test func `another owner's task is not found at any time`() async throws {
        let scene = try PastScene()
        let id = try #require(try await scene.engine.create("A").task).id
        let other = try Engine(scene.sidecar, owner: "u2")
        for number in 0..<3 { try await other.create("\(number)") }
        for sequence in 0...3 {
            await #expect(throws: TaskError.notFound(id)) {
                try await other.service.document(id, asOf: .sequence(sequence), owner: other.owner, trace: nil)
            }
            let past = try await other.service.book(of: other.owner, asOf: .sequence(sequence), trace: nil)
            #expect(past.book.count == sequence)
        }
    }

    @Test func `what is not yet is refused by name, and an empty book has a past too`() async throws {
        let scene = try PastScene()
        let empty = try await scene.book(.sequence(0))
        #expect(empty.book.count == 0)
        let id = try #require(try await scene.engine.create("A").task).id
        for sequence in [2, Int.max] {
            let refusal = TaskError.invalid([.afterTheEnd(1)])
            await #expect(throws: refusal) { try await scene.book(.sequence(sequence)) }
            await #expect(throws: refusal) { try await scene.task(id, .sequence(sequence)) }
        }
        #expect(try await scene.book(.sequence(0)).book.count == 0)
        #expect(try await scene.book(.sequence(1)).book.count == 1)
    }

    @Test func `an instant is after the last change at or before it`() async throws {
        let scene = try PastScene()
        try await scene.write(1500)
        let journal = try scene.journal()
        let (first, last) = (try #require(journal.first).time, try #require(journal.last).time)
        var time = first.advanced(byMilliseconds: -2)
        while time <= last {
            let expected = journal.last { $0.time <= time }?.sequence ?? 0
            scene.sidecar.forgetCalls()
            let past = try await scene.book(.time(time))
            #expect(past.book.head == expected, "\(time)")
            #expect(past.isSettled == (time < last))
            // By halving: what is asked for grows with the logarithm.
            let asked = scene.sidecar.calls.filter { $0.keys.contains { $0.hasPrefix("log:") } }
            #expect(asked.count < 20)
            time = time.advanced(byMilliseconds: 43)
        }
        let now = try await scene.book(.time(last))
        #expect(now.book.head == journal.count && !now.isSettled)
        let change = try #require(journal.dropLast(50).last { $0.kind == .deleted })
        let before = change.time.advanced(byMilliseconds: -1)
        let expected = try #require(journal.last { $0.time <= before }).sequence
        var replayed = Book(owner: scene.engine.owner)
        for change in journal[..<expected] { apply(change, to: &replayed) }
        if let task = replayed.task(change.taskID) {
            let past = try await scene.task(change.taskID, .time(before))
            #expect(past.document.bytes == task.document && past.sequence == expected)
        }
    }

    @Test func `a bulk read that misses what is there leads to no other past`() async throws {
        let scene = try PastScene()
        try await scene.write(700)
        let journal = try scene.journal()
        scene.sidecar.setFault { call in
            guard call.kind == .bulkGet else { return .none }
            var random = SeededRandom(seed: UInt64(call.number))
            return random.oneIn(3) ? .omit(Set(call.keys)) : .omit(Set(call.keys.filter { _ in random.oneIn(4) }))
        }
        for sequence in stride(from: 3, to: journal.count, by: 67) {
            let expected = try #require(journal.last { $0.time <= journal[sequence].time }).sequence
            #expect(try await scene.book(.time(journal[sequence].time)).book.head == expected)
            #expect(try await scene.book(.sequence(sequence)).book.head == sequence)
        }
    }

    @Test func `where commits were removed, the past begins, and the oldest that there is can be asked for`()
        async throws
    {
        let scene = try CheckpointScene(retention: .seconds(30 * 86_400))
        try await scene.engine.withRelay {
            let first = try await scene.create(settlingAt: 64)
            _ = try await scene.create(settlingAt: 128)
            let before = scene.engine.service.journal.now()
            try await eventually { try scene.engine.metric("tasks_relay_waiting_events") == 0 }
            try await scene.pass(days: 40)
            for id in first { try await scene.engine.perform(.complete(id)) }
            try await scene.settle(at: 192)
            #expect(try scene.head()?.first == 129)
            // The head tells of the removal before it happens.
            try await eventually { (1...128).allSatisfy { scene.sidecar.rows["log:u1:\($0)"] == nil } }
            func book(_ moment: Moment) async throws(TaskError) -> Book {
                try await scene.engine.service.book(of: scene.engine.owner, asOf: moment, trace: nil).book
            }
            func task(_ sequence: Int) async throws(TaskError) -> PastDocument {
                try await scene.engine.service.document(
                    first[0],
                    asOf: .sequence(sequence),
                    owner: scene.engine.owner,
                    trace: nil
                )
            }
            let gone = TaskError.pastGone(oldest: 128)
            for sequence in [0, 1, 64, 127] {
                await #expect(throws: gone) { try await book(.sequence(sequence)) }
                await #expect(throws: gone) { try await task(sequence) }
            }
            // Nobody knows any more when the last of the removed changes was.
            await #expect(throws: gone) { try await book(.time(before)) }
            let oldest = try await book(.sequence(128))
            #expect(oldest.count == 128)
            #expect(oldest.tasksInOrder.allSatisfy { $0.content.status == .todo && $0.version == 1 })
            #expect(try await task(128).document.version == 1)
            #expect(try await task(129).document.version == 2)
            for sequence in 129...192 {
                #expect(try await book(.sequence(sequence)).tasksInOrder.count { $0.version == 2 } == sequence - 128)
            }
        }
    }

    @Test func `a journal of old records is replayed forwards, and what is out of reach is refused`() async throws {
        let scene = try PastScene()
        try await scene.write(500)
        let journal = try scene.journal()
        // Servers of before did not note when a task had been changed before.
        try scene.rewrite(format: 1) { record in
            for place in record.entries.indices { record.entries[place].change.since = nil }
        }
        let cold = try Engine(scene.sidecar, configuration: scene.engine.service.journal.configuration)
        let today = try await scene.book(.sequence(journal.count), by: cold)
        func past(_ sequence: Int, reach: Int) async throws -> [TaskItem] {
            let reader = PastReader(
                owner: scene.engine.owner,
                reader: cold.service.journal.reader(of: scene.engine.owner, trace: nil),
                reach: reach
            )
            return try await reader.book(after: sequence, from: today.book, endingWith: nil).book.tasksInOrder
        }
        var replayed = Book(owner: scene.engine.owner)
        var states = [replayed.tasksInOrder]
        for change in journal {
            apply(change, to: &replayed)
            states.append(replayed.tasksInOrder)
        }
        for sequence in stride(from: 0, through: journal.count, by: 23) {
            #expect(try await past(sequence, reach: 2304) == states[sequence])
        }
        let id = try #require(journal.first).taskID
        if let task = states[300].first(where: { $0.id == id }) {
            #expect(try await scene.task(id, .sequence(300), by: cold).document.bytes == task.document)
        }
        // From the beginning it is too far, and no record tells what was before it.
        let last = try #require(journal.last { $0.kind != .created && $0.changesFields }).sequence
        let error = await #expect(throws: JournalFailure.self) { try await past(300, reach: 250) }
        #expect(error == .book(.pastGone(oldest: last)))
        #expect(try await past(last, reach: 250) == states[last])
        #expect(try await past(250, reach: 250) == states[250])
    }

    @Test func `a book of a server of before is seen as it was`() async throws {
        let sidecar = try OldStoreTests.Kind.asWritten.sidecar()
        let now = try #require(Timestamp(parsing: "2026-11-29T20:30:00Z"))
        let engine = try Engine(sidecar, now: { now })
        let reader = JournalReader(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: engine.owner,
            watch: nil
        )
        let events = try await reader.replayedEvents(of: engine.owner, from: 1, limit: .max)
        #expect(events.count == 137)
        var replayed = Book(owner: engine.owner)
        for event in events {
            apply(event.change, to: &replayed)
            let past = try await engine.service.book(of: engine.owner, asOf: .sequence(replayed.head), trace: nil)
            #expect(past.book.tasksInOrder == replayed.tasksInOrder)
        }
    }

    @Test func `a journal with a hole has no past before it, and says that it cannot be read`() async throws {
        let scene = try PastScene()
        for number in 0..<40 { try await scene.engine.create("\(number)") }
        scene.sidecar.remove("log:u1:30")
        #expect(try await scene.book(.sequence(30)).book.count == 30)
        let error = await #expect(throws: TaskError.self) { try await scene.book(.sequence(29)) }
        #expect(error?.code == "STORE_UNAVAILABLE")
    }

    @Test func `a list as of a change goes on as of it, while others write`() async throws {
        let scene = try PastScene()
        for number in 0..<30 { try await scene.engine.create("\(number)") }
        let last = scene.wall.now
        var query = TaskQuery()
        query.limit = 4
        query.order = TaskOrder(.createdAt, ascending: false)
        for moment in [Moment.sequence(20), .sequence(30), .time(last)] {
            query.moment = moment
            query.cursor = nil
            var titles: [String] = []
            var tags: Set<String> = []
            repeat {
                let answer = try await scene.engine.service.list(query, owner: scene.engine.owner, trace: nil) { _ in
                    false
                }
                guard case .page(let page, let tag, _) = answer else { return }
                tags.insert(tag)
                titles += page.items.map(\.content.title)
                let sequence = if case .sequence(let sequence) = moment { sequence } else { 30 }
                #expect(page.asOf == sequence && page.total == sequence)
                query.cursor = page.nextCursor
                // By a server whose clock is behind, so that the instant has another change.
                if moment == .time(last) { try await scene.engine.create("late") }
            } while query.cursor != nil
            let count = moment == .sequence(20) ? 20 : 30
            #expect(titles == (0..<count).reversed().map { "\($0)" })
            #expect(tags.count == (count + 3) / 4)
        }
    }

    @Test func `the past has batches that were taken back, and tasks that came back`() async throws {
        let scene = try PastScene()
        let engine = scene.engine
        let kept = try #require(try await engine.create("kept").task)
        let gone = try #require(try await engine.create("gone").task)
        scene.wall.pass(5)
        var last = try await engine.perform(
            TaskCommand([
                .create(TaskContent(title: "new"), id: nil), .complete(.made(by: 0)), .complete(kept.id),
                .delete(gone.id), .create(TaskContent(title: "short"), id: nil), .delete(.made(by: 4)),
            ])
        )
        for _ in 0..<3 {
            scene.wall.pass(5)
            last = try await engine.service.undo(
                try #require(last.undoable),
                isForced: false,
                owner: engine.owner,
                context: CommandContext(actor: engine.owner, channel: .rest),
                now: .epoch
            )
        }
        let journal = try scene.journal()
        #expect(journal.contains { $0.endedVersion > 0 })
        var replayed = Book(owner: engine.owner)
        for sequence in 0...journal.count {
            if sequence > 0 { apply(journal[sequence - 1], to: &replayed) }
            let past = try await scene.book(.sequence(sequence))
            #expect(past.book.tasksInOrder == replayed.tasksInOrder, "\(sequence)")
            for id in Set(journal.map(\.taskID)) {
                let found = try? await scene.task(id, .sequence(sequence))
                #expect(found?.document.bytes == replayed.task(id)?.document, "\(sequence)")
            }
        }
    }
}
