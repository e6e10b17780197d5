import Dapr
import DaprJSON
import Synchronization
import TaskJSON
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Commands of several changes, through the store and the broker.
struct ManyChangesTests {
    private func creates(_ count: Int, _ name: String = "T", text: String? = nil) -> TaskCommand {
        TaskCommand((0..<count).map { .create(TaskContent(title: "\(name) \($0)", description: text), id: nil) })
    }

    private func identifiers(_ result: CommandResult) throws -> [TaskID] {
        try result.outcomes.map { try #require($0.task).id }
    }

    @Test func `a command of the most operations is one transaction and one commit, published in order`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("before")
        sidecar.forgetCalls()
        let result = try await engine.withRelay { try await engine.perform(creates(100), key: "k") }
        #expect(result.changes == 2...101)
        #expect(result.sequence == 101)
        #expect(result.outcomes.count == 100)
        #expect(result.outcomes.allSatisfy { $0.created && $0.document == $0.task?.document })
        let transactions = sidecar.calls.filter { $0.kind == .transaction && $0.keys.contains { $0.hasPrefix("log:") } }
        // A snapshot writes the last commit over itself, and is no commit.
        let commits = transactions.filter { !$0.keys.contains { $0.hasPrefix("head:") } }
        #expect(commits.map(\.keys.count) == [101])
        let journal = try sidecar.journal(of: "u1")
        #expect(journal.map { $0["v"]?.intValue } == [2, 3])
        #expect(journal[1]["changes"]?.arrayValue?.count == 100)
        // Who did it, under which key, is told once.
        #expect(journal[1]["changes"]?.arrayValue?.count { $0["actor"] != nil || $0["key"] != nil } == 1)
        #expect(sidecar.published.compactMap { $0["sequence"]?.intValue } == Array(1...101))
        for outcome in result.outcomes {
            let id = try #require(outcome.task).id
            #expect(sidecar.rows["task:u1:\(id)"]?.value == outcome.document)
        }
        #expect(try await engine.list().map(\.id) == Engine(sidecar).list().map(\.id))
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 101, tasks: 101))
    }

    @Test func `a repeat gets all of the first answer byte for byte, whatever happened since and on any server`()
        async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let made = try await engine.perform(creates(3), key: "made")
        let ids = try identifiers(made)
        let command = TaskCommand([.complete(ids[0]), .reopen(ids[1]), .complete(ids[0]), .delete(ids[2])])
        let first = try await engine.perform(command, key: "k")
        #expect(first.changes == 4...7)
        #expect(first.outcomes.map(\.task?.version) == [2, 1, 2, nil])
        for _ in 0..<80 {
            try await engine.perform(TaskCommand([.reopen(ids[0]), .complete(ids[0])]))
        }
        await engine.service.journal.snapshots.drain()
        #expect(try JSONValue(parsing: try #require(sidecar.rows["head:u1"]).value)["v"] == 3)
        let count = try sidecar.journal(of: "u1").count
        for repeater in [engine, try Engine(sidecar)] {
            for (command, key, before) in [(creates(3), "made", made), (command, "k", first)] {
                let again = try await repeater.perform(command, key: key)
                #expect(again.replayed)
                #expect(again.changes == before.changes)
                #expect(again.sequence == before.sequence)
                #expect(again.outcomes.map(\.document) == before.outcomes.map(\.document))
                #expect(again.outcomes.map(\.created) == before.outcomes.map(\.created))
            }
            await #expect(throws: TaskError.keyReused) { try await repeater.perform(.complete(ids[0]), key: "k") }
        }
        #expect(try sidecar.journal(of: "u1").count == count)
        guard case .sound = try await PopulatedBook.audit(sidecar) else {
            Issue.record("it is not sound")
            return
        }
    }

    @Test func `repeats at once have one effect and one answer`() async throws {
        let sidecar = FakeSidecar()
        let engines = [try Engine(sidecar), try Engine(sidecar)]
        let answers = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for index in 0..<20 {
                group.addTask {
                    try await engines[index % 2].perform(creates(5), key: "k").outcomes.map(\.document)
                }
            }
            return try await group.reduce(into: Set<[[UInt8]]>()) { $0.insert($1) }
        }
        #expect(answers.count == 1)
        #expect(answers.first?.count == 5)
        #expect(try sidecar.journal(of: "u1").count == 1)
    }

    @Test func `commands that come together share commits, and none is split or in two`() async throws {
        // The first is on its way for a while, so that the others wait for it together.
        let sidecar = FakeSidecar { call in
            if call.kind == .transaction { try? await Task.sleep(for: .milliseconds(20)) }
            return .none
        }
        let engine = try Engine(sidecar)
        let sizes = (0..<40).map { [1, 50, 7, 100, 30][$0 % 5] }
        let results = try await withThrowingTaskGroup(of: CommandResult.self) { group in
            for (place, size) in sizes.enumerated() {
                group.addTask { try await engine.perform(creates(size, "\(place)"), key: "\(place)") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let records = try sidecar.journal(of: "u1")
        let ranges = records.map { record in
            let first = record["sequence"]?.intValue ?? 0
            return first...first + (record["changes"]?.arrayValue?.count ?? 0) - 1
        }
        #expect(ranges.allSatisfy { $0.count <= CommitRecord.changeLimit })
        #expect(records.count < sizes.count)
        for result in results {
            let changes = try #require(result.changes)
            #expect(ranges.count { $0.overlaps(changes) } == 1)
        }
        let changes = sizes.reduce(0, +)
        #expect(
            results.compactMap(\.changes).sorted { $0.lowerBound < $1.lowerBound }.flatMap { Array($0) }
                == Array(1...changes)
        )
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: changes, tasks: changes))
    }

    @Test func `a command whose answer is lost is written once`() async throws {
        let lost = Mutex(true)
        let sidecar = FakeSidecar { call in
            guard call.kind == .transaction else { return .none }
            return lost.withLock { lost in
                defer { lost = false }
                return lost ? .after(.connectionLost("lost")) : .none
            }
        }
        let engine = try Engine(sidecar)
        let result = try await engine.perform(creates(30))
        #expect(result.changes == 1...30)
        #expect(try sidecar.journal(of: "u1").count == 1)
    }

    @Test func `one whose texts no commit holds is refused, and what waits with it is carried out`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let text = String(repeating: "x", count: 9000)
        await #expect { try await engine.perform(creates(40, text: text), key: "k") } throws: { error in
            guard case .commandTooLong(fitting: 20..<40, of: .bytes)? = error as? TaskError else { return false }
            return true
        }
        #expect(sidecar.rows.keys.allSatisfy { !$0.hasPrefix("log:") })
        #expect(try await engine.perform(creates(20, text: text), key: "k").changes == 1...20)
        // Two of them do not go into one commit.
        async let left = engine.perform(creates(20, text: text))
        async let right = engine.perform(creates(20, text: text))
        async let small = engine.create("small")
        _ = try await (left, right, small)
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 61, tasks: 61))
    }

    @Test func `readers begin in the middle of a commit, and histories go through it`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let ids = try identifiers(try await engine.perform(creates(90)))
        try await engine.perform(TaskCommand([.complete(ids[5]), .reopen(ids[5]), .delete(ids[6]), .complete(ids[5])]))
        for reader in [engine, try Engine(sidecar)] {
            for since in [0, 1, 45, 89, 90, 91, 93] {
                let page = try await reader.service.changes(since: since, limit: 1000, owner: reader.owner, trace: nil)
                #expect(page.changes.map(\.change.sequence) == Array(since + 1...94))
            }
            let history = try await reader.service.history(
                of: ids[5],
                cursor: nil,
                limit: 200,
                owner: reader.owner,
                trace: nil
            )
            #expect(history.changes.map(\.change.sequence) == [94, 92, 91, 6])
        }
    }

    @Test func `a book that leaves memory comes back whole, with its keys`() async throws {
        let sidecar = FakeSidecar()
        var configuration = JournalConfiguration.quick
        configuration.viewBytes = 1
        let engine = try Engine(sidecar, configuration: configuration)
        let first = try await engine.perform(creates(60), key: "0")
        for round in 1...3 { try await engine.perform(creates(60), key: "\(round)") }
        await engine.service.journal.snapshots.drain()
        let other = try #require(OwnerID("u2"))
        let context = CommandContext(actor: other, channel: .rest)
        for _ in 0..<2 { _ = try await engine.service.perform(creates(60), owner: other, context: context) }
        sidecar.forgetCalls()
        let again = try await engine.perform(creates(60), key: "0")
        #expect(sidecar.calls.contains { $0.keys == ["head:u1"] })
        #expect(again.replayed)
        #expect(again.outcomes.map(\.document) == first.outcomes.map(\.document))
        #expect(try await engine.list().count == 240)
    }
}
