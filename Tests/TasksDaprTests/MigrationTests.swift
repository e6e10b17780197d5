import Dapr
import DaprJSON
import Synchronization
import Tasks
import Testing

@testable import TasksDapr

struct MigrationTests {
    private func migrate(
        _ sidecar: FakeSidecar,
        to format: Int,
        owner: String = "u1",
        dryRun: Bool = false
    ) async throws -> BookMigration.Outcome {
        try await BookMigration(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: try #require(OwnerID(owner)),
            to: format,
            isDryRun: dryRun
        ).run()
    }

    private func formats(_ sidecar: FakeSidecar) throws -> Set<Int> {
        Set(try sidecar.journal(of: "u1").compactMap { $0["v"]?.intValue })
    }

    @Test func `a snapshot brought back to the first format is what servers of before read, and is read here`()
        async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<200 { try await engine.create("\(index)", key: "k\(index)") }
        await engine.service.journal.snapshots.drain()
        let migration = SnapshotMigration(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: engine.owner
        )
        let before = sidecar.rows
        #expect(try await migration.run(isDryRun: true))
        #expect(sidecar.rows.mapValues(\.value) == before.mapValues(\.value))
        #expect(try await migration.run(isDryRun: false))
        let head = try JSONValue(parsing: try #require(sidecar.rows["head:u1"]).value)
        #expect(head["v"] == 1)
        for pair in try #require(head["pages"]?.arrayValue) {
            let (number, sequence) = (try #require(pair[0]?.intValue), try #require(pair[1]?.intValue))
            #expect(pair.arrayValue?.count == 2)
            let page = try JSONValue(parsing: try #require(sidecar.rows["page:u1:\(number)"]).value)
            #expect(page["sequence"]?.intValue ?? 0 >= sequence)
        }
        #expect(try await migration.run(isDryRun: false) == false)
        let cold = try Engine(sidecar)
        #expect(try await cold.list() == engine.list())
        #expect(try await cold.create("7", key: "k7").replayed)
    }

    @Test func `down and up again, and down and up, is byte for byte what it was`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let second = PopulatedBook.documents(sidecar)
        let count = try sidecar.journal(of: "u1").count

        var outcome = try await migrate(sidecar, to: 1, dryRun: true)
        #expect((outcome.commits, outcome.changed, outcome.left) == (count, count, 0))
        #expect(PopulatedBook.documents(sidecar) == second)

        outcome = try await migrate(sidecar, to: 1)
        #expect((outcome.commits, outcome.changed, outcome.left) == (count, count, 0))
        let first = PopulatedBook.documents(sidecar)
        #expect(try formats(sidecar) == [1])
        #expect(first.filter { !$0.key.hasPrefix("log:") } == second.filter { !$0.key.hasPrefix("log:") })
        guard case .sound = try await PopulatedBook.audit(sidecar) else { throw NotSound() }

        #expect(try await migrate(sidecar, to: 2).changed == count)
        #expect(PopulatedBook.documents(sidecar) == second)
        #expect(try await migrate(sidecar, to: 2).changed == 0)
        #expect(try await migrate(sidecar, to: 1).changed == count)
        #expect(PopulatedBook.documents(sidecar) == first)
        #expect(try await migrate(sidecar, to: 2).changed == count)
        #expect(PopulatedBook.documents(sidecar) == second)
    }

    private struct NotSound: Error {}

    private func create(_ title: String, _ engine: Engine) async {
        do throws(TaskError) {
            try await engine.create(title)
        } catch {
            Issue.record(error)
        }
    }

    @Test(arguments: [1, 2])
    func `killed at any call, it leaves a book of mixed formats that is served, and goes on`(format: Int) async throws {
        for call in 1...4 {
            let sidecar = FakeSidecar()
            try await PopulatedBook.make(sidecar)
            let second = PopulatedBook.documents(sidecar)
            if format == 2 { _ = try await migrate(sidecar, to: 1) }
            let transactions = Mutex(0)
            sidecar.setFault { made in
                guard made.kind == .transaction else { return .none }
                let number = transactions.withLock { count in
                    count += 1
                    return count
                }
                // The first half of the kills come before the effect.
                if number < (call + 1) / 2 { return .none }
                return call % 2 == 1 ? .before(.unreachable("killed")) : .after(.unreachable("killed"))
            }
            await #expect(throws: MigrationFailure.self) { _ = try await migrate(sidecar, to: format) }
            sidecar.setFault { _ in .none }
            if call > 1 { #expect(try formats(sidecar) == [1, 2], "call \(call)") }
            guard case .sound(_, let tasks) = try await PopulatedBook.audit(sidecar) else { throw NotSound() }
            let engine = try Engine(sidecar)
            #expect(try await engine.list().count == tasks)
            _ = try await migrate(sidecar, to: format)
            if format == 2 { #expect(PopulatedBook.documents(sidecar) == second) }
            #expect(try formats(sidecar) == [format])
        }
    }

    @Test func `what is written meanwhile is migrated too`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let engine = try Engine(sidecar)
        try await engine.create("before")
        let writes = Mutex(3)
        sidecar.setFault { call in
            let isMigration = call.kind == .transaction && call.keys.allSatisfy { $0.hasPrefix("log:") }
            let isNext =
                isMigration
                && writes.withLock { left in
                    left -= 1
                    return left >= 0
                }
            if isNext { await create("meanwhile", engine) }
            return .none
        }
        let outcome = try await migrate(sidecar, to: 1)
        sidecar.setFault { _ in .none }
        #expect(try formats(sidecar) == [1])
        #expect(outcome.commits == (try sidecar.journal(of: "u1").count))
        #expect(try await engine.list().count { $0.content.title == "meanwhile" } == 3)
        guard case .sound = try await PopulatedBook.audit(sidecar) else { throw NotSound() }
    }

    @Test func `two migrations at once do what one does`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let second = PopulatedBook.documents(sidecar)
        async let left = migrate(sidecar, to: 1)
        async let right = migrate(sidecar, to: 1)
        _ = try await (left, right)
        #expect(try formats(sidecar) == [1])
        _ = try await migrate(sidecar, to: 2)
        #expect(PopulatedBook.documents(sidecar) == second)
    }

    @Test func `a journal without its beginning goes down whole, and up as far as it tells`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let head = try #require(sidecar.rows["head:u1"])
        let snapshot = try #require(try JSONValue(parsing: head.value)["sequence"]?.intValue)
        let records = try sidecar.journal(of: "u1")
        let removed = records.prefix(4).compactMap { $0["sequence"]?.intValue }
        for sequence in removed { sidecar.remove("log:u1:\(sequence)") }
        let first = try #require(records[4]["sequence"]?.intValue)
        let text = String(decoding: head.value, as: UTF8.self)
        sidecar.put("head:u1", text.replacing(#""first":1,"#, with: #""first":\#(first),"#))
        let before = PopulatedBook.documents(sidecar)
        let later = records.count { ($0["sequence"]?.intValue ?? 0) > snapshot }
        #expect(try await migrate(sidecar, to: 1).changed == records.count - 4)
        let outcome = try await migrate(sidecar, to: 2)
        #expect(
            (outcome.commits, outcome.changed, outcome.left) == (records.count - 4, later, records.count - 4 - later)
        )
        let after = PopulatedBook.documents(sidecar)
        for (key, text) in after where text.hasSuffix(#""v":2}"#) { #expect(before[key] == text) }
        guard case .sound = try await PopulatedBook.audit(sidecar) else { throw NotSound() }
    }

    @Test func `changes that do not follow are refused, and nothing of them is written`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        _ = try await migrate(sidecar, to: 1)
        let first = PopulatedBook.documents(sidecar)
        let text = try #require(first["log:u1:3"])
        sidecar.put("log:u1:3", text.replacing(#""version":1"#, with: #""version":7"#))
        do {
            _ = try await migrate(sidecar, to: 2)
            Issue.record("it was migrated")
        } catch MigrationFailure.journal(.book(.unreadable(let key, _))) {
            #expect(key == "log:u1:3")
        }
    }
}
