import DaprJSON
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Snapshots in the store: written beside the commits, read by a cold book.
struct SnapshotStoreTests {
    private func settled(_ engine: Engine, _ sidecar: FakeSidecar, at sequence: Int) async throws {
        try await eventually {
            try sidecar.rows["head:u1"].map { try JSONValue(parsing: $0.value)["sequence"]?.intValue ?? 0 >= sequence }
                ?? false
        }
    }

    private func remove(page: Int, from sidecar: FakeSidecar) throws {
        sidecar.remove(try #require(sidecar.rows.keys.first { $0.hasPrefix("page:u1:\(page):") }))
    }

    @Test func `after 64 changes only pages that changed are written, and a cold book reads them`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<130 {
            try await engine.create("\(index)", key: "k\(index)")
            // One at a time, so that it is known which changes a snapshot holds.
            if index == 63 { try await settled(engine, sidecar, at: 64) }
            if index == 127 { try await settled(engine, sidecar, at: 128) }
        }
        // Named by what they are current to, and written together with the head.
        func names(_ keys: [String]) -> [String] {
            keys.map { $0.hasPrefix("page:") ? $0.split(separator: ":").prefix(4).joined(separator: ":") : $0 }.sorted()
        }
        #expect(names(sidecar.rows.keys.filter { $0.hasPrefix("page:") }) == ["page:u1:0:64", "page:u1:1:128"])
        let writes = sidecar.calls.filter { $0.kind == .transaction && $0.keys.contains("head:u1") }
        // With the last commit, over itself under its ETag: the head is of a journal that is there.
        let written = [["head:u1", "log:u1:64", "page:u1:0:64"], ["head:u1", "log:u1:128", "page:u1:1:128"]]
        #expect(writes.map { names($0.keys) } == written)
        sidecar.forgetCalls()
        let cold = try Engine(sidecar)
        #expect(try await cold.list() == engine.list())
        let reads = sidecar.calls.map { ($0.kind, $0.keys.first ?? "") }
        #expect(reads[0] == (.get, "head:u1"))
        #expect(reads[1].1.hasPrefix("page:"))
        #expect(reads[2] == (.bulkGet, "log:u1:129"))
        // The keys of the day came with the head.
        let again = try await cold.create("0", key: "k0")
        #expect(again.replayed)
        #expect(again.sequence == 1)
    }

    @Test func `a page with long texts is in several documents, each within what a sidecar takes`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        // A `<` takes six bytes where it is stored: the longest that JSON makes of texts at their limits.
        let text = String(repeating: "<", count: 10_000)
        for index in 0..<64 {
            try await engine.perform(.create(TaskContent(title: "\(index)", description: text), id: nil))
        }
        try await settled(engine, sidecar, at: 64)
        let parts = sidecar.rows.filter { $0.key.hasPrefix("page:u1:0:") }
        #expect(parts.count > 3 && parts.values.allSatisfy { $0.value.count < 2 << 20 })
        sidecar.forgetCalls()
        let cold = try Engine(sidecar)
        #expect(try await cold.list() == engine.list())
        // Of the snapshot, and not of the journal.
        #expect(!sidecar.calls.contains { $0.keys.contains("log:u1:1") })
        // With a part missing it is passed over, and not taken for a shorter page.
        sidecar.remove(try #require(parts.keys.max()))
        #expect(try await Engine(sidecar).list() == engine.list())
    }

    @Test func `a snapshot whose page is gone is passed over, and the journal read`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<70 { try await engine.create("\(index)") }
        try await settled(engine, sidecar, at: 64)
        try remove(page: 0, from: sidecar)
        #expect(try await Engine(sidecar).list().count == 70)
    }

    @Test func `a journal that ends before its snapshot is refused`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<70 { try await engine.create("\(index)") }
        try await settled(engine, sidecar, at: 64)
        try remove(page: 0, from: sidecar)
        sidecar.remove("log:u1:30")
        await #expect(throws: TaskError.self) { try await Engine(sidecar).list() }
    }

    @Test func `old commits are removed behind two snapshots, and whoever asks for them is told so`() async throws {
        let sidecar = FakeSidecar()
        let start = try #require(Timestamp(parsing: "2026-01-01T00:00:00Z"))
        let days = Mutex<Int64>(0)
        var configuration = JournalConfiguration.quick
        configuration.historyRetention = .seconds(30 * 86_400)
        let now: @Sendable () -> Timestamp = { start.advanced(byMilliseconds: days.withLock { $0 } * 86_400_000) }
        configuration.leaseTime = .milliseconds(300)
        let engine = try Engine(sidecar, configuration: configuration, now: now)
        try await engine.withRelay {
            var first: TaskID?
            for index in 0..<64 {
                let task = try #require(try await engine.create("\(index)").task)
                first = first ?? task.id
            }
            try await settled(engine, sidecar, at: 64)
            // A clock that jumps has nothing removed; the time by which ages are told must have passed.
            days.withLock { $0 = 40 }
            sidecar.put("clock", #"{"milliseconds":\#(now().milliseconds),"v":1}"#)
            try await eventually { engine.service.journal.ages.now == now() }
            try await eventually { try engine.metric("tasks_relay_waiting_events") == 0 }
            for index in 0..<64 { try await engine.create("later \(index)") }
            try await settled(engine, sidecar, at: 128)
            // They go after the head has said so.
            try await eventually { sidecar.rows["log:u1:1"] == nil && sidecar.rows["log:u1:64"] == nil }
            #expect(sidecar.rows["log:u1:65"] != nil)
            let cold = try Engine(sidecar, configuration: configuration, now: now)
            #expect(try await cold.list().count == 128)
            try await cold.perform(.complete(try #require(first)))
            await #expect(throws: TaskError.changesGone(head: 129)) {
                try await cold.service.changes(since: 10, limit: 5, owner: cold.owner, trace: nil)
            }
            let page = try await cold.service.changes(since: 64, limit: 100, owner: cold.owner, trace: nil)
            #expect(page.changes.map(\.change.sequence) == Array(65...129))
        }
    }
}
