import Dapr
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// A store, an engine whose checkpoints lie 128 changes apart, and a time of day that the test decides.
final class CheckpointScene: Sendable {
    let sidecar = FakeSidecar()
    let engine: Engine
    private let wall: Wall

    /// The time of day.
    private final class Wall: Sendable {
        private let days = Mutex<Int64>(0)
        var now: Timestamp {
            Timestamp(clamping: 1_772_000_000_000 + days.withLock { $0 } * 86_400_000)
        }
        func pass(_ count: Int64) { days.withLock { $0 += count } }
    }

    init(retention: Duration? = nil) throws {
        var configuration = JournalConfiguration.quick
        configuration.checkpointInterval = 128
        configuration.historyRetention = retention
        configuration.leaseTime = .milliseconds(300)
        let wall = Wall()
        self.wall = wall
        engine = try Engine(sidecar, configuration: configuration, now: { wall.now })
    }

    /// Lets days pass, for the store's time too.
    func pass(days: Int64) async throws {
        wall.pass(days)
        sidecar.put("clock", #"{"milliseconds":\#(wall.now.milliseconds),"v":1}"#)
        try await eventually { self.engine.service.journal.ages.now == self.wall.now }
    }

    /// Waits for the snapshot at a change, so that it is known which changes each holds.
    func settle(at sequence: Int) async throws {
        try await eventually("a snapshot at \(sequence)") { try self.head()?.snapshot.sequence == sequence }
    }

    func head() throws -> SnapshotHead? {
        try sidecar.rows["head:u1"].map { try SnapshotHead(decoding: $0.value, key: "head:u1") }
    }

    func kept(_ checkpoint: SnapshotCheckpoint) throws -> SnapshotHead {
        let key = JournalKeys(engine.owner).checkpoint(checkpoint).rawValue
        return try SnapshotHead(decoding: #require(sidecar.rows[key], "\(key)").value, key: key)
    }

    /// Creates tasks, and has a snapshot after them.
    func create(_ count: Int = 64, settlingAt sequence: Int) async throws -> [TaskID] {
        var ids: [TaskID] = []
        for number in 0..<count { ids.append(try #require(try await engine.create("\(number)").task).id) }
        try await settle(at: sequence)
        return ids
    }

    /// The names of all documents of pages that some head names, or has put aside.
    func namedPages() throws -> Set<String> {
        let head = try #require(try head())
        let kept = try head.checkpoints.map { try self.kept($0) }
        let names = ([head] + kept).flatMap { $0.snapshot.pages.values } + head.retired
        return Set(names.flatMap(JournalKeys(engine.owner).parts).map(\.rawValue))
    }

    var pages: Set<String> { Set(sidecar.rows.keys.filter { $0.hasPrefix("page:") }) }

    /// The book after a change, as the journal tells.
    func book(at sequence: Int) throws -> Book {
        var book = Book(owner: engine.owner)
        while book.head < sequence {
            let key = "log:u1:\(book.head + 1)"
            let row = try #require(sidecar.rows[key])
            let record = try CommitRecord(decoding: row.value, sequence: book.head + 1, key: key)
            for entry in record.entries { apply(entry.change, to: &book) }
        }
        return book
    }
}
