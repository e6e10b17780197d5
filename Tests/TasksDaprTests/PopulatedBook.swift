import Dapr
import DaprJSON
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// A store with a book that has everything: group commits, keys, deleted tasks, a change that changes nothing, and a snapshot.
enum PopulatedBook {
    /// Writes the book of `owner`, publishes it and waits for its snapshot.
    static func make(_ sidecar: FakeSidecar, owner: String = "u1") async throws {
        let engine = try Engine(sidecar, owner: owner)
        try await engine.withRelay {
            var ids: [TaskID] = []
            for number in 0..<72 {
                ids.append(try #require(try await engine.create("a<\(number)>", key: "create \(number)").task).id)
            }
            // What waits while a commit is on its way goes into the next one together: this one is on its way for a while.
            sidecar.setFault { call in
                // Not slept out when cancelled, which then ends the test.
                if call.kind == .transaction { try? await Task.sleep(for: .milliseconds(30)) }
                return .none
            }
            ids += try await withThrowingTaskGroup(of: TaskID.self) { group in
                for number in 0..<30 {
                    group.addTask { try #require(try await engine.create("b \(number)").task).id }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            sidecar.setFault { _ in .none }
            try await engine.perform(.complete(ids[0]), key: "complete")
            try await engine.perform(.complete(ids[0]), key: "nothing to do")
            try await engine.perform(.reopen(ids[0]))
            var patch = TaskPatch()
            patch.set(.description) { $0.description = "x" }
            patch.set(.dueDate) { $0.dueDate = .time(.epoch) }
            try await engine.perform(.patch(ids[1], patch))
            for id in ids[4..<7] { try await engine.perform(.delete(id), key: "delete \(id)") }
            try await eventually { sidecar.rows["head:\(owner)"] != nil }
            // Behind the snapshot, too.
            try await engine.create("last")
            try await engine.perform(.delete(ids[2]))
        }
        let records = try sidecar.journal(of: owner)
        try #require(records.contains { ($0["changes"]?.arrayValue?.count ?? 0) > 1 })
        try #require(records.count > 10)
    }

    /// What a look at the book finds.
    static func audit(_ sidecar: FakeSidecar, owner: String = "u1") async throws -> BookAudit.Finding {
        let owner = try #require(OwnerID(owner))
        return try await BookAudit(dapr: DaprClient(transport: sidecar), store: "statestore", owner: owner).run()
    }

    /// The documents of a store that tell of owners and their books.
    static func documents(_ sidecar: FakeSidecar) -> [String: String] {
        sidecar.rows.filter { key, _ in !key.hasPrefix("relay") && !key.hasPrefix("outbox:") }
            .mapValues { String(decoding: $0.value, as: UTF8.self) }
    }
}
