import DaprJSON
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

/// What each operation asks of the sidecar.
struct CostTests {
    @Test func `a write is one transaction of two operations`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let task = try #require(try await engine.create("first").task)
        sidecar.forgetCalls()
        try await engine.perform(.complete(task.id))
        #expect(
            sidecar.calls == [
                .init(kind: .transaction, keys: ["log:u1:2", "task:u1:\(task.id)"], number: 1)
            ]
        )
        sidecar.forgetCalls()
        try await engine.perform(.delete(task.id))
        #expect(sidecar.calls.map(\.keys) == [["log:u1:3", "task:u1:\(task.id)"]])
        #expect(sidecar.rows["task:u1:\(task.id)"] == nil)
    }

    @Test func `the first write of a book asks whether there is a snapshot or a journal`() async throws {
        let sidecar = FakeSidecar()
        try await Engine(sidecar).create("first")
        #expect(sidecar.calls.map(\.kind) == [.get, .get, .transaction])
    }

    @Test func `one task is one state read, byte for byte what the write answered`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let draft = TaskContent(title: "a<b>&\u{2028}é😀\"", description: "1\n2", tags: ["x"])
        let written = try await engine.perform(.create(draft, id: nil))
        let id = try #require(written.task).id
        sidecar.forgetCalls()
        let read = try await engine.service.document(id, owner: engine.owner, trace: nil)
        #expect(read.bytes == written.document)
        #expect(read.version == 1)
        #expect(sidecar.calls == [.init(kind: .get, keys: ["task:u1:\(id)"], number: 1)])
        let value = try JSONValue(parsing: read.bytes)
        #expect(value["title"] == .string(draft.title))
        #expect(value["user_id"] == "u1")
        #expect(value["due_date"] == .some(.null))
    }

    @Test func `a list is one read that finds nothing`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("first")
        sidecar.forgetCalls()
        #expect(try await engine.list().map(\.content.title) == ["first"])
        #expect(sidecar.calls == [.init(kind: .get, keys: ["log:u1:2"], number: 1)])
    }

    @Test func `changes are one bulk read, and two more when the first is inside a commit`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for title in ["A", "B", "C"] { try await engine.create(title) }
        let rows = sidecar.rows
        let third = try CommitRecord(decoding: #require(rows["log:u1:3"]).value, sequence: 3, key: "")
        var record = try CommitRecord(decoding: #require(rows["log:u1:2"]).value, sequence: 2, key: "")
        record.entries += third.entries
        sidecar.put("log:u1:2", String(decoding: record.encoded(), as: UTF8.self))
        sidecar.remove("log:u1:3")
        for (since, reads) in [(0, [.bulkGet]), (1, [.bulkGet]), (2, [.bulkGet, .get, .bulkGet])]
            as [(Int, [FakeSidecar.Call.Kind])]
        {
            sidecar.forgetCalls()
            let page = try await engine.service.changes(since: since, limit: 1, owner: engine.owner, trace: nil)
            #expect(page.changes.map(\.change.sequence) == [since + 1])
            #expect(sidecar.calls.map(\.kind) == [.get] + reads)
        }
    }

    @Test func `a command that changes nothing is confirmed by one read and writes nothing`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let task = try #require(try await engine.create("first").task)
        sidecar.forgetCalls()
        let result = try await engine.perform(.reopen(task.id))
        #expect(result.task == task)
        #expect(result.sequence == 1)
        await #expect(throws: TaskError.notFound(TaskID(high: 1, low: 1))) {
            try await engine.perform(.complete(TaskID(high: 1, low: 1)))
        }
        #expect(sidecar.calls.map(\.kind) == [.get, .get])
    }

    @Test func `what breaks the rules is refused without a call`() async throws {
        let sidecar = FakeSidecar()
        await #expect(throws: TaskError.self) { try await Engine(sidecar).create("  ") }
        #expect(sidecar.calls.isEmpty)
    }

    @Test func `a view that was not confirmed for a minute is confirmed before it decides`() async throws {
        let sidecar = FakeSidecar()
        let start = ContinuousClock.now
        let passed = Mutex(Duration.zero)
        let engine = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        try await engine.create("first")
        sidecar.forgetCalls()
        // After a silence the commit that it stands on is looked for as well.
        passed.withLock { $0 = .seconds(59) }
        try await engine.create("second")
        passed.withLock { $0 = .seconds(121) }
        try await engine.create("third")
        #expect(sidecar.calls.map(\.kind) == [.get, .transaction, .get, .get, .transaction])
    }

    @Test func `a cold book of many commits is read in bulk, and answers that are too long are asked for in parts`()
        async throws
    {
        let sidecar = FakeSidecar(answerLimit: 40_000)
        let engine = try Engine(sidecar)
        let text = String(repeating: "x", count: 900)
        // So few that no snapshot is written meanwhile.
        for index in 0..<60 {
            try await engine.perform(.create(TaskContent(title: "\(index)", description: text), id: nil))
        }
        sidecar.forgetCalls()
        let items = try await Engine(sidecar).list()
        #expect(items.map(\.content.title) == (0..<60).map { "\($0)" })
        // By itself: the head, the first commit, and that there is none after the last.
        #expect(
            sidecar.calls.filter { $0.kind != .bulkGet }.map { $0.keys[0] } == ["head:u1", "log:u1:1", "log:u1:61"]
        )
        #expect(sidecar.calls.count < 24)
    }

    @Test func `a list that the caller knows costs one read of a missing key`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<60 { try await engine.create("\(index)") }
        var query = TaskQuery()
        query.order = TaskOrder(.title)
        func ask(_ known: String?) async throws -> TaskPageAnswer {
            try await engine.service.list(query, owner: engine.owner, trace: nil) { $0 == known }
        }
        let tag: String? = if case .page(_, let tag, _) = try await ask(nil) { tag } else { nil }
        try #require(tag != nil)
        sidecar.forgetCalls()
        let isKnown = if case .known(tag, _) = try await ask(tag) { true } else { false }
        #expect(isKnown)
        #expect(sidecar.calls.map(\.keys) == [["log:u1:61"]])
        try await engine.create("next")
        let isAnotherPage = if case .page = try await ask(tag) { true } else { false }
        #expect(isAnotherPage)
    }

    @Test func `the least recently used books leave memory when it is full, and come back whole`() async throws {
        let sidecar = FakeSidecar()
        var configuration = JournalConfiguration.quick
        configuration.viewBytes = 20_000
        let engine = try Engine(sidecar, configuration: configuration)
        for round in 1...2 {
            for index in 0..<40 {
                let owner = try #require(OwnerID("u\(index)"))
                let context = CommandContext(actor: owner, channel: .rest)
                _ = try await engine.service.perform(
                    .create(TaskContent(title: "T"), id: nil),
                    owner: owner,
                    context: context
                )
                #expect(try await engine.service.list(TaskQuery(), owner: owner, trace: nil).total == round)
            }
        }
        #expect(try engine.metric("tasks_book_cache_books") < 30)
    }
}
