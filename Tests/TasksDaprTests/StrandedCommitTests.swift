import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

extension FakeSidecar {
    /// What a failover to a copy leaves that lacked the commits of `u1` from one on.
    func loseCommits(from sequence: Int) throws {
        for (key, row) in rows where key.hasPrefix("log:u1:") {
            guard let number = key.split(separator: ":").last.flatMap({ Int($0) }), number >= sequence else { continue }
            let record = try CommitRecord(decoding: row.value, sequence: number, key: key)
            for entry in record.entries { remove("task:u1:\(entry.change.taskID.rawValue)") }
            remove(key)
        }
        put("pub:u1", #"{"sequence":\#(sequence - 1),"v":1}"#)
    }

    /// What `verify` says of the book of `u1`.
    func audit() async throws -> BookAudit.Finding {
        let owner = try #require(OwnerID("u1"))
        return try await BookAudit(dapr: DaprClient(transport: self), store: "statestore", owner: owner).run()
    }
}

/// Commits that the store has without those before them.
struct StrandedCommitTests {
    /// An engine that has acknowledged a commit at 14 of a journal that ends at 10, and knows nothing of it.
    private func strand(
        _ sidecar: FakeSidecar,
        _ command: (Engine) async throws -> Void = { try await $0.create("on the hole") }
    ) async throws -> Engine {
        let engine = try Engine(sidecar)
        for index in 0..<13 { try await engine.create("\(index)") }
        try sidecar.loseCommits(from: 11)
        try await command(engine)
        #expect(sidecar.rows["log:u1:14"] != nil)
        return engine
    }

    @Test func `one in the place of the next commit goes, and its idempotency key does not count`() async throws {
        let sidecar = FakeSidecar()
        let left = try await strand(sidecar) { try await $0.create("on the hole", key: "k") }
        let id = try #require(try await left.list().last).id
        let right = try Engine(sidecar)
        for index in 11...14 { #expect(try await right.create("after \(index)").sequence == index) }
        #expect(try right.metric("tasks_stranded_commits_total") == 1)
        let error = await #expect(throws: TaskError.self) {
            try await right.service.document(id, owner: right.owner, trace: nil)
        }
        #expect(error == .notFound(id))
        let again = try await right.create("on the hole", key: "k")
        #expect(again.sequence == 15 && !again.replayed)
        // Who believed in it finds that out with the next commit that it sees.
        #expect(try await left.list() == right.list())
        #expect(try await sidecar.audit() == .sound(changes: 15, tasks: 15))
    }

    @Test(arguments: [false, true])
    func `what one changed of a task is put right, when the book is next read`(isDeletion: Bool) async throws {
        let sidecar = FakeSidecar()
        let document = Mutex([UInt8]())
        let id = Mutex<TaskID?>(nil)
        _ = try await strand(sidecar) { engine in
            let task = try #require(try await engine.list().first)
            id.withLock { $0 = task.id }
            document.withLock { $0 = sidecar.rows["task:u1:\(task.id)"]?.value ?? [] }
            try await engine.perform(isDeletion ? .delete(task.id) : .complete(task.id))
        }
        let task = try #require(id.withLock { $0 })
        #expect(sidecar.rows["task:u1:\(task)"]?.value != document.withLock { $0 })
        let reader = try Engine(sidecar)
        #expect(try await reader.list().count == 10)
        #expect(sidecar.rows["log:u1:14"] == nil)
        #expect(sidecar.rows["task:u1:\(task)"]?.value == document.withLock { $0 })
        #expect(try await sidecar.audit() == .sound(changes: 10, tasks: 10))
    }

    @Test func `one goes of which the store has lost all before it`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<3 { try await engine.create("\(index)") }
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard call.kind == .transaction,
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return .none }
            try? sidecar.loseCommits(from: 1)
            return .after(.connectionLost("reset"))
        }
        let error = await #expect(throws: TaskError.self) { try await engine.create("on the hole") }
        #expect(error == .outcomeUnknown)
        #expect(try await engine.list().isEmpty)
        #expect(!sidecar.rows.keys.contains { $0.hasPrefix("log:") || $0.hasPrefix("task:") })
        #expect(try await engine.create("next").sequence == 1)
    }

    @Test func `several go at once, those in a longer commit's middle too`() async throws {
        let sidecar = FakeSidecar()
        let left = try await strand(sidecar)
        for index in 0..<2 { try await left.create("on the hole \(index)") }
        let right = try Engine(sidecar)
        // Those who write at once share a commit, from 11 to 16 at most.
        await withTaskGroup { group in
            for index in 0..<4 { group.addTask { _ = try? await right.create("after \(index)") } }
        }
        #expect(try await Engine(sidecar).list().count == 14)
        #expect(
            ["14", "15", "16"].allSatisfy { sequence in
                sidecar.rows["log:u1:\(sequence)"].map { !String(decoding: $0.value, as: UTF8.self).contains("hole") }
                    ?? true
            }
        )
        #expect(try await sidecar.audit() == .sound(changes: 14, tasks: 14))
    }

    @Test func `a commit of the journal stays, though a stranded one was known in its place`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<5 { try await engine.create("\(index)") }
        let book = try #require(engine.service.shelf.existing(engine.owner))
        book.view.noteStranded([3, 5])
        #expect(try await engine.create("next").sequence == 6)
        #expect(try await engine.list().count == 6)
        #expect(try engine.metric("tasks_stranded_commits_total") == 0)
        #expect(try await sidecar.audit() == .sound(changes: 6, tasks: 6))
    }

    @Test func `a commit is not sent into the middle of a longer one that took the place before it`() async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        for index in 0..<10 { try await left.create("\(index)") }
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard call.kind == .transaction, call.keys.contains("log:u1:11"),
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return .none }
            try? sidecar.loseCommits(from: 10)
            let contents = ["one", "two"].map { TaskOperation.create(TaskContent(title: $0), id: nil) }
            _ = try? await right.perform(TaskCommand(contents))
            return .before(.connectionLost("cut"))
        }
        #expect(try await left.create("late").sequence == 12)
        #expect(sidecar.rows["log:u1:10"] != nil && sidecar.rows["log:u1:11"] == nil)
        #expect(sidecar.calls.filter { $0.kind == .transaction && $0.keys.contains("log:u1:11") }.count == 1)
        #expect(try await sidecar.audit() == .sound(changes: 12, tasks: 12))
    }

    @Test func `one is not taken out beside a commit that is made meanwhile`() async throws {
        let sidecar = FakeSidecar()
        _ = try await strand(sidecar)
        let (reader, writer) = (try Engine(sidecar), try Engine(sidecar))
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard call.kind == .transaction, call.keys.contains("log:u1:14") else { return .none }
            guard
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return .none }
            // Another has read the journal before, and does not know of the one that is stranded.
            do {
                _ = try await writer.service.perform(
                    .create(TaskContent(title: "between"), id: nil),
                    owner: writer.owner,
                    context: CommandContext(actor: writer.owner, channel: .rest)
                )
            } catch {
                Issue.record(error)
            }
            return .none
        }
        _ = try await reader.list()
        #expect(try await reader.list().map(\.content.title) == (0..<10).map { "\($0)" } + ["between"])
        #expect(sidecar.rows["log:u1:14"] == nil)
        #expect(try await sidecar.audit() == .sound(changes: 11, tasks: 11))
    }

    @Test func `nothing is taken out on ground that is lost itself`() async throws {
        let sidecar = FakeSidecar()
        _ = try await strand(sidecar)
        let reader = try Engine(sidecar)
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard call.kind == .transaction,
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return .none }
            // The store goes back once more, and others fill the hole.
            let row = sidecar.rows["log:u1:14"]
            try? sidecar.loseCommits(from: 8)
            if let row { sidecar.put("log:u1:14", String(decoding: row.value, as: UTF8.self)) }
            return .none
        }
        _ = try await reader.list()
        #expect(try await reader.list().count == 7)
        #expect(try await reader.create("next").sequence == 8)
        #expect(try await Engine(sidecar).list() == reader.list())
        #expect(try await sidecar.audit() == .sound(changes: 8, tasks: 8))
    }

    @Test func `cold readers, and writers, are answered while one is taken out`() async throws {
        let sidecar = FakeSidecar()
        _ = try await strand(sidecar)
        let engines = try (0..<8).map { _ in try Engine(sidecar) }
        await withTaskGroup { group in
            for (number, engine) in engines.enumerated() {
                group.addTask {
                    do {
                        for index in 0..<4 {
                            _ = try await engine.list()
                            if number < 4 { try await engine.create("\(number) \(index)") }
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        #expect(try await sidecar.audit() == .sound(changes: 26, tasks: 26))
        for engine in engines { #expect(try await engine.list().count == 26) }
    }

    @Test func `what is slow between the look at the ground and the commit is no reason to trust it`() async throws {
        let sidecar = FakeSidecar(upkeepFails: true)
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let engine = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        for index in 0..<13 { try await engine.create("\(index)") }
        // The lease has run out; while it is written, a copy takes over.
        passed.withLock { $0 += .seconds(11) }
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard call.kind == .save,
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return .none }
            try? sidecar.loseCommits(from: 11)
            passed.withLock { $0 += .seconds(2) }
            return .none
        }
        let error = await #expect(throws: TaskError.self) { try await engine.create("on the hole") }
        #expect(error == .outcomeUnknown)
        #expect(try await engine.create("next").sequence == 11)
        #expect(sidecar.rows["log:u1:14"] == nil)
        #expect(try await sidecar.audit() == .sound(changes: 11, tasks: 11))
    }

    /// Whether somebody lists the tasks between the trouble and the next command.
    @Test(arguments: [false, true])
    func `a commit that is there, and follows by its name one that is gone, is no ground to stand on`(
        isListed: Bool
    ) async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        for index in 0..<10 { try await left.create("\(index)") }
        let lost = try await left.create("lost")
        #expect(try await right.list().count == 11)
        #expect(try await right.create("under way").sequence == 12)
        // The store goes back before 11, and what was under way comes to it afterwards.
        sidecar.remove("log:u1:11")
        sidecar.remove("task:u1:\(try #require(lost.task).id)")
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard isListed ? call.kind == .get : call.kind == .transaction,
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            else { return .none }
            return .before(.connectionLost("reset"))
        }
        if isListed {
            // The break is noticed by a read of a task first.
            _ = try? await left.service.document(try #require(lost.task).id, owner: left.owner, trace: nil)
            #expect(try await left.list().map(\.content.title) == (0..<10).map { "\($0)" })
        }
        #expect(try await left.create("next").sequence == 11)
        #expect(try await sidecar.audit() == .sound(changes: 11, tasks: 11))
    }

    @Test func `a list after a silence is one cheap call, for whoever finds nothing new`() async throws {
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        for index in 0..<3 { try await engine.create("\(index)") }
        passed.withLock { $0 += .seconds(10) }
        sidecar.forgetCalls()
        #expect(try await engine.list().count == 3)
        #expect(sidecar.calls.map { "\($0.kind) \($0.keys)" } == ["get [\"log:u1:4\"]"])
    }

    @Test func `no snapshot is stored of commits that are gone when it comes`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<63 { try await engine.create("\(index)") }
        let isLost = Mutex(false)
        sidecar.setFault { call in
            guard call.kind == .transaction, call.keys.contains("head:u1") else { return .none }
            try? sidecar.loseCommits(from: 60)
            // Said when they are gone: who waits for it looks for them at once.
            isLost.withLock { $0 = true }
            return .none
        }
        try await engine.create("63")
        try await eventually { isLost.withLock { $0 } }
        #expect(sidecar.rows["head:u1"] == nil)
        let other = try Engine(sidecar)
        #expect(try await other.list().count == 59)
        #expect(try await other.create("next").sequence == 60)
        #expect(try await sidecar.audit() == .sound(changes: 60, tasks: 60))
    }
}
