import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Who reads a snapshot while others replace it, of a journal whose first commits were removed: nothing but a snapshot tells of them.
struct SnapshotRaceTests {
    /// A book at two moments: many deletions and several heads lie between them.
    private struct Moments {
        var earlier: [String: FakeSidecar.Row] = [:]
        var later: [String: FakeSidecar.Row] = [:]
        var laterTasks: [TaskItem] = []

        static let configuration: JournalConfiguration = {
            var configuration = JournalConfiguration.quick
            configuration.historyRetention = .seconds(30 * 86_400)
            configuration.leaseTime = .milliseconds(300)
            return configuration
        }()

        static let now = Timestamp(clamping: 1_772_000_000_000)

        static func make() async throws -> Moments {
            let sidecar = FakeSidecar()
            let days = Mutex<Int64>(-40)
            let now: @Sendable () -> Timestamp = {
                Moments.now.advanced(byMilliseconds: days.withLock { $0 } * 86_400_000)
            }
            let engine = try Engine(sidecar, configuration: configuration, now: now)
            var moments = Moments()
            try await engine.withRelay {
                var ids: [TaskID] = []
                func create(_ count: Int) async throws {
                    for _ in 0..<count { ids.append(try #require(try await engine.create("\(ids.count)").task).id) }
                }
                func settle(at sequence: Int) async throws {
                    try await eventually("a snapshot at \(sequence)") {
                        try sidecar.rows["head:u1"].map {
                            try SnapshotHead(decoding: $0.value, key: "head:u1").snapshot.sequence >= sequence
                        } ?? false
                    }
                }
                for round in 1...4 {
                    try await create(64)
                    try await settle(at: 64 * round)
                }
                try await eventually { try engine.metric("tasks_relay_waiting_events") == 0 }
                days.withLock { $0 = 0 }
                sidecar.put("clock", #"{"milliseconds":\#(now().milliseconds),"v":1}"#)
                try await eventually { engine.service.journal.ages.now == now() }
                try await create(64)
                try await settle(at: 320)
                try await eventually { sidecar.rows["log:u1:1"] == nil && sidecar.rows["log:u1:256"] == nil }
                moments.earlier = sidecar.rows
                for round in 0..<4 {
                    for id in ids[(64 * round)..<(64 * round + 64)] { try await engine.perform(.delete(id)) }
                    try await settle(at: 384 + 64 * round)
                }
                try await create(64)
                try await settle(at: 640)
                moments.later = sidecar.rows
                moments.laterTasks = try await engine.list()
            }
            return moments
        }

        func head(_ rows: [String: FakeSidecar.Row]) throws -> SnapshotHead {
            try SnapshotHead(decoding: #require(rows["head:u1"]).value, key: "head:u1")
        }
    }

    private func engine(_ sidecar: FakeSidecar) throws -> Engine {
        try Engine(sidecar, configuration: Moments.configuration, now: { Moments.now })
    }

    @Test func `a cold reader whose pages are replaced and removed while it reads finds the later book`() async throws {
        let moments = try await Moments.make()
        let earlier = try moments.head(moments.earlier)
        // So that it is the race: what the earlier head names is gone, and the journal does not tell of it.
        let keys = JournalKeys(try #require(OwnerID("u1")))
        let gone = earlier.snapshot.pages.values.flatMap(keys.parts).filter { moments.later[$0.rawValue] == nil }
        try #require(!gone.isEmpty && moments.later["log:u1:1"] == nil)

        let sidecar = FakeSidecar()
        sidecar.replace(moments.earlier)
        let isReplaced = Mutex(false)
        sidecar.setFault { call in
            guard call.keys.contains(where: { $0.hasPrefix("page:") }) else { return .none }
            let isFirst = isReplaced.withLock { isReplaced in
                defer { isReplaced = true }
                return !isReplaced
            }
            // Between the head and its pages.
            if isFirst { sidecar.replace(moments.later) }
            return .none
        }
        let cold = try engine(sidecar)
        #expect(try await cold.list() == moments.laterTasks)
        let wasReplaced = isReplaced.withLock { $0 }
        #expect(wasReplaced)
        #expect(try await cold.create("goes on").sequence == 641)
    }

    @Test func `a page that is written late, when commits behind it are removed, is read by nobody`() async throws {
        let moments = try await Moments.make()
        let sidecar = FakeSidecar()
        sidecar.replace(moments.later)
        // All that an earlier writer had on its way comes to be now.
        for (key, row) in moments.earlier where key.hasPrefix("page:") && moments.later[key] == nil {
            sidecar.put(key, String(decoding: row.value, as: UTF8.self))
        }
        let restarted = try engine(sidecar)
        #expect(try await restarted.list() == moments.laterTasks)
        for number in 0..<64 { try await restarted.create("later \(number)") }
        await restarted.service.journal.snapshots.drain()
        #expect(try await engine(sidecar).list() == restarted.list())
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 704, tasks: 192))
    }
}
