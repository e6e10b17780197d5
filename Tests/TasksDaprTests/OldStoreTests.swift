import Dapr
import DaprJSON
import Foundation
import TaskJSON
import Tasks
import Testing

@testable import TasksDapr

/// A store that a server of before wrote, commit 5d65a76, with snapshots of the first format: 115 tasks, of which twenty were completed, one was changed
/// and one deleted, under two snapshots.
struct OldStoreTests {
    /// The book, as it was or with a page that a slow writer put over a newer one, as that server could.
    enum Kind: CaseIterable, Sendable {
        case asWritten, latePage

        func sidecar() throws -> FakeSidecar {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let text = try String(contentsOf: root.appending(path: "Recorded/store-of-5d65a76.jsonl"), encoding: .utf8)
            let sidecar = FakeSidecar()
            for line in text.split(separator: "\n") {
                let row = try JSONValue(parsing: Array(line.utf8))
                let value = String(decoding: try #require(row["value"]).serialized(escapingHTML: true), as: UTF8.self)
                if let key = row["key"]?.stringValue { sidecar.put(key, value) }
                if self == .latePage, let page = row["earlier"]?.stringValue { sidecar.put(page, value) }
            }
            return sidecar
        }
    }

    /// An engine on the day on which the store was written.
    private func engine(_ sidecar: FakeSidecar) throws -> Engine {
        let now = try #require(Timestamp(parsing: "2026-11-29T20:30:00Z"))
        return try Engine(sidecar, now: { now })
    }

    /// Creates the task that was created under this key over HTTP, once more.
    private func createAgain(_ number: Int, _ engine: Engine) async throws -> CommandResult {
        try await engine.service.perform(
            .create(TaskContent(title: "Task \(number)"), id: nil),
            owner: engine.owner,
            context: CommandContext(
                actor: engine.owner,
                channel: .rest,
                idempotencyKey: "create-\(number)",
                trace: nil,
                deadline: nil
            )
        )
    }

    private func finding(_ sidecar: FakeSidecar) async throws -> BookAudit.Finding {
        let owner = try #require(OwnerID("u1"))
        return try await BookAudit(dapr: DaprClient(transport: sidecar), store: "statestore", owner: owner).run()
    }

    private func document(_ key: String, _ sidecar: FakeSidecar) throws -> JSONValue {
        try JSONValue(parsing: try #require(sidecar.rows[key], "\(key)").value)
    }

    @Test(arguments: Kind.allCases)
    func `it is read as it is, and repeated keys have their first results`(kind: Kind) async throws {
        let sidecar = try kind.sidecar()
        let before = sidecar.rows.mapValues(\.value)
        let engine = try engine(sidecar)
        let tasks = try await engine.list()
        #expect(tasks.count == 114)
        for task in tasks { #expect(before["task:u1:\(task.id)"] == task.document) }
        #expect(try await finding(sidecar) == .sound(changes: 137, tasks: 114))
        // One in the snapshot's head, and one in a commit after it.
        for (number, sequence) in [(0, 1), (113, 135)] {
            let again = try await createAgain(number, engine)
            let (isReplayed, first) = (again.replayed, again.sequence)
            #expect(isReplayed)
            #expect(first == sequence)
        }
        // Nothing but a lease is new.
        let isUntouched = before.allSatisfy { sidecar.rows[$0.key]?.value == $0.value }
        #expect(isUntouched)
    }

    @Test(arguments: Kind.allCases)
    func `it goes on in today's format, and back to what servers of before read`(kind: Kind) async throws {
        let sidecar = try kind.sidecar()
        let (oldHead, oldPage) = (try document("head:u1", sidecar), try document("page:u1:0", sidecar))
        let engine = try engine(sidecar)
        for number in 0..<64 { try await engine.create("Later \(number)", key: "later-\(number)") }
        await engine.service.journal.snapshots.drain()
        let head = try document("head:u1", sidecar)
        #expect(head["v"] == 2)
        #expect(try #require(head["pages"]?.arrayValue).allSatisfy { $0.arrayValue?.count == 4 })
        #expect(try await finding(sidecar) == .sound(changes: 201, tasks: 178))
        #expect(try await self.engine(sidecar).list() == engine.list())

        let migration = SnapshotMigration(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: engine.owner
        )
        #expect(try await migration.run(isDryRun: false))
        // All that such a server asks for is there, and of the same kind.
        let back = try document("head:u1", sidecar)
        #expect(back["v"] == 1)
        for name in try #require(oldHead.objectValue?.keys) { #expect(back[name] != nil, "\(name)") }
        #expect(try #require(back["pages"]?.arrayValue).allSatisfy { $0.arrayValue?.count == 2 })
        let page = try document("page:u1:0", sidecar)
        #expect(page.objectValue?.keys.sorted() == oldPage.objectValue?.keys.sorted())
        #expect(page["tasks"]?[0]?.objectValue?.keys.sorted() == oldPage["tasks"]?[0]?.objectValue?.keys.sorted())
        #expect(try await finding(sidecar) == .sound(changes: 201, tasks: 178))
        let isReplayed = try await createAgain(113, self.engine(sidecar)).replayed
        #expect(isReplayed)
    }
}
