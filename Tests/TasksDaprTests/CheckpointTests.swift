import Dapr
import DaprJSON
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Snapshots that are kept: made at intervals, read back, and removed when the commits after them are.
struct CheckpointTests {
    @Test func `each so many changes a snapshot is kept, and can be read back when all has changed since`() async throws
    {
        #expect(JournalConfiguration.ofServer.checkpointInterval == 4096)
        let scene = try CheckpointScene()
        let first = try await scene.create(settlingAt: 64)
        let second = try await scene.create(settlingAt: 128)
        for id in first { try await scene.engine.perform(.complete(id)) }
        try await scene.settle(at: 192)
        for id in second { try await scene.engine.perform(.complete(id)) }
        try await scene.settle(at: 256)
        for id in first { try await scene.engine.perform(.reopen(id)) }
        try await scene.settle(at: 320)
        for id in second { try await scene.engine.perform(.delete(id)) }
        try await scene.settle(at: 384)
        let head = try #require(try scene.head())
        #expect(head.checkpoints.map(\.sequence) == [128, 256, 384])
        for checkpoint in head.checkpoints {
            let kept = try scene.kept(checkpoint).snapshot
            #expect(kept.sequence == checkpoint.sequence && kept.keys.isEmpty)
            let pages = try kept.pages.values.map { name in
                let key = JournalKeys(scene.engine.owner).page(name, part: 0).rawValue
                let row = try #require(scene.sidecar.rows[key], "\(key)")
                return try SnapshotPage(decoding: row.value, number: name.number, key: key)
            }
            let book = try #require(Book(owner: scene.engine.owner, snapshot: kept, pages: pages))
            #expect(book.tasksInOrder == (try scene.book(at: checkpoint.sequence).tasksInOrder))
        }
        #expect(try scene.pages == scene.namedPages())
        #expect(try await PopulatedBook.audit(scene.sidecar) == .sound(changes: 384, tasks: 64))
        // The audit reads them too.
        let page = try #require(try scene.kept(head.checkpoints[0]).snapshot.pages[0])
        let key = JournalKeys(scene.engine.owner).page(page, part: 0).rawValue
        scene.sidecar.remove(key)
        guard case .different(key, _) = try await PopulatedBook.audit(scene.sidecar) else {
            Issue.record("a page of a checkpoint that is missing is not found")
            return
        }
    }

    @Test func `a checkpoint ends with the commits after it, and takes no page of another with it`() async throws {
        let scene = try CheckpointScene(retention: .seconds(30 * 86_400))
        try await scene.engine.withRelay {
            let first = try await scene.create(settlingAt: 64)
            _ = try await scene.create(settlingAt: 128)
            func pass(days: Int64) async throws {
                try await eventually { try scene.engine.metric("tasks_relay_waiting_events") == 0 }
                try await scene.pass(days: days)
            }
            try await pass(days: 40)
            for id in first { try await scene.engine.perform(.complete(id)) }
            try await scene.settle(at: 192)
            // The commits before it are gone, and those after it are there: the book can still be seen as it was.
            var head = try #require(try scene.head())
            #expect(head.first == 129)
            #expect(head.checkpoints.map(\.sequence) == [128] && head.ended.isEmpty)
            let checkpoint = head.checkpoints[0]
            try await pass(days: 40)
            _ = try await scene.create(settlingAt: 256)
            head = try #require(try scene.head())
            #expect(head.first == 193)
            #expect(head.checkpoints.map(\.sequence) == [256] && head.ended == [checkpoint])
            let only = try #require(try scene.kept(checkpoint).snapshot.pages[0])
            #expect(head.retired.contains(only))
            _ = try await scene.create(settlingAt: 320)
            let key = JournalKeys(scene.engine.owner).checkpoint(checkpoint).rawValue
            #expect(scene.sidecar.rows[key] == nil)
            #expect(try scene.pages == scene.namedPages())
            #expect(try await PopulatedBook.audit(scene.sidecar) == .sound(changes: 320, tasks: 256))
        }
    }
}
