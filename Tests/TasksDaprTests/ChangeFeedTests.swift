import Dapr
import DaprJSON
import Tasks
import Testing

@testable import TasksDapr

/// The journal as others read it.
struct ChangeFeedTests {
    private func filled(_ sidecar: FakeSidecar) async throws -> (Engine, [TaskID]) {
        let engine = try Engine(sidecar)
        // At once, so that commits hold several changes.
        let ids = try await withThrowingTaskGroup(of: TaskID?.self) { group in
            for index in 0..<50 { group.addTask { try await engine.create("\(index)").task?.id } }
            return try await group.reduce(into: [TaskID]()) { if let id = $1 { $0.append(id) } }
        }
        for id in ids.prefix(10) {
            try await engine.perform(.complete(id))
            try await engine.perform(.reopen(id))
        }
        try await engine.perform(.delete(ids[0]))
        return (engine, ids)
    }

    @Test func `changes are dense from wherever they are asked for`() async throws {
        let sidecar = FakeSidecar()
        let (engine, _) = try await filled(sidecar)
        #expect(try sidecar.journal(of: "u1").count < 71)
        for since in 0...71 {
            let page = try await engine.service.changes(since: since, limit: 7, owner: engine.owner, trace: nil)
            #expect(
                page.changes.map(\.change.sequence) == Array((since + 1)...(since + 8)).dropLast().filter { $0 <= 71 }
            )
            #expect(page.head == 71)
        }
        await #expect(throws: TaskError.changesGone(head: 71)) {
            try await engine.service.changes(since: 72, limit: 7, owner: engine.owner, trace: nil)
        }
    }

    @Test func `outside the journal there are no changes, however far`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("A")
        let reader = JournalReader(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: engine.owner,
            watch: nil
        )
        for sequence in [-1, 0, 2, .max - 1, .max] {
            #expect(try await reader.events(of: engine.owner, from: sequence, limit: 1).isEmpty)
        }
        #expect(try await reader.events(of: engine.owner, from: 1, limit: 1).count == 1)
    }

    @Test func `a history is every change of its task, also of a deleted one, in pages of any length`() async throws {
        let sidecar = FakeSidecar()
        let (engine, ids) = try await filled(sidecar)
        let all = try await engine.service.changes(since: 0, limit: 1000, owner: engine.owner, trace: nil).changes
        for id in ids {
            for limit in [1, 2, 200] {
                var found: [RecordedChange] = []
                var cursor: String?
                repeat {
                    let page = try await engine.service.history(
                        of: id,
                        cursor: cursor,
                        limit: limit,
                        owner: engine.owner,
                        trace: nil
                    )
                    found += page.changes
                    cursor = page.nextCursor
                } while cursor != nil
                #expect(found == all.filter { $0.change.taskID == id }.reversed())
            }
        }
        let missing = TaskID(high: 1, low: 1)
        await #expect(throws: TaskError.notFound(missing)) {
            try await engine.service.history(of: missing, cursor: nil, limit: 5, owner: engine.owner, trace: nil)
        }
        for cursor in ["", "1", "0-1", "1-0", "1--1", "x-1", "1-2-3", "99999999999999999999-1"] {
            await #expect(throws: TaskError.self) {
                try await engine.service.history(of: ids[1], cursor: cursor, limit: 5, owner: engine.owner, trace: nil)
            }
        }
    }

    @Test func `a journal of the first format tells the same`() async throws {
        let sidecar = FakeSidecar()
        let (engine, ids) = try await filled(sidecar)
        let all = try await engine.service.changes(since: 0, limit: 1000, owner: engine.owner, trace: nil).changes
        for (key, row) in sidecar.rows where key.hasPrefix("log:") {
            let sequence = try #require(key.split(separator: ":").last.flatMap { Int($0) })
            let record = try CommitRecord(decoding: row.value, sequence: sequence, key: key)
            // Every other one, as after an upgrade without a migration.
            if sequence.isMultiple(of: 2) || sequence < 40 {
                sidecar.put(key, String(decoding: record.encoded(format: 1), as: UTF8.self))
            }
        }
        let cold = try Engine(sidecar)
        var read: [RecordedChange] = []
        while true {
            let page = try await cold.service.changes(since: read.count, limit: 9, owner: cold.owner, trace: nil)
            if page.changes.isEmpty { break }
            read += page.changes
        }
        #expect(read.map(\.task) == all.map(\.task))
        #expect(read.map(\.change.kind) == all.map(\.change.kind))
        for id in ids.prefix(12) {
            let page = try await cold.service.history(of: id, cursor: nil, limit: 200, owner: cold.owner, trace: nil)
            #expect(page.changes.map(\.task) == all.filter { $0.change.taskID == id }.reversed().map(\.task))
        }
    }
}
