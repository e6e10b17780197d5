import Dapr
import DaprJSON
import TaskJSON
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

/// A store with a book that has everything only format 3 holds, some of which no server writes yet.
enum NewestBook {
    static let owner = "u1"

    /// Writes the book: commands of several changes, and a commit as servers to come will write them.
    static func make(_ sidecar: FakeSidecar) async throws {
        var configuration = JournalConfiguration.quick
        configuration.recordFormat = 3
        let engine = try Engine(sidecar, configuration: configuration)
        let titles = (0..<3).map { TaskOperation.create(TaskContent(title: "T\($0)"), id: nil) }
        let ids = try await engine.perform(TaskCommand(titles), key: "three").outcomes.compactMap(\.task?.id)
        try await engine.perform(TaskCommand([.complete(ids[0]), .complete(ids[0]), .delete(ids[1])]), key: "two")
        try await engine.perform(.delete(ids[2]))
        try commitOfLater(sidecar, engine, ids)
    }

    /// A commit as a server to come writes it: a deleted task comes back, another is due on a day, and both are in a chain of hashes.
    private static func commitOfLater(_ sidecar: FakeSidecar, _ engine: Engine, _ ids: [TaskID]) throws {
        func record(_ sequence: Int) throws -> CommitRecord {
            let key = "log:u1:\(sequence)"
            return try CommitRecord(decoding: try #require(sidecar.rows[key]).value, sequence: sequence, key: key)
        }
        let (second, last) = (try record(4), try record(7))
        let end = try #require(last.entries.first)
        let time = last.time.advanced(byMilliseconds: 5)
        func change(_ index: Int, _ kind: TaskChange.Kind, _ id: TaskID, _ version: Int) -> TaskChange {
            TaskChange(
                sequence: 8 + index,
                commit: 8,
                previous: index == 0 ? 7 : 4,
                time: time,
                clock: last.clock,
                kind: kind,
                taskID: id,
                version: version,
                before: TaskPatch(),
                after: TaskPatch(),
                part: CommandPart(index: index, count: 2),
                actor: engine.owner,
                channel: .rest,
                key: Fingerprint(key: "undo", channel: .event),
                request: Fingerprint(of: .delete(id))
            )
        }
        var back = try #require(end.task)
        back.updatedAt = time
        back.version += 1
        var revival = change(0, .created, back.id, back.version)
        revival.after = TaskPatch(of: back.content)
        revival.createdAt = back.createdAt
        revival.endedVersion = end.change.version
        let old = try #require(second.entries[1].task)
        var due = old
        due.content.dueDate = UTCDay("2026-01-31").map { .day($0) }
        due.updatedAt = time
        due.version += 1
        var update = change(1, .updated, due.id, due.version)
        update.before = TaskPatch(of: old.content, differingFrom: due.content)
        update.after = TaskPatch(of: due.content, differingFrom: old.content)
        update.since = old.updatedAt
        var entries = [JournalEntry(change: revival, task: back), JournalEntry(change: update, task: due)]
        entries[0].salt = "c2FsdA"
        entries[0].more = ["note": ["a", 1]]
        entries[1].salt = "bW9yZQ"
        var new = CommitRecord(
            id: "later",
            sequence: 8,
            time: time,
            clock: last.clock,
            published: 0,
            after: last.id,
            by: "later",
            entries: entries
        )
        new.hash = "aGFzaA"
        new.more = ["undoes": [7, 7]]
        #expect(new.oldestFormat == 3)
        sidecar.put("log:u1:8", String(decoding: new.encoded(), as: UTF8.self))
        for task in [back, due] { sidecar.put("task:u1:\(task.id)", String(decoding: task.document, as: UTF8.self)) }
    }
}
