import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// A book with a random history, and a time of day that stands still until it is moved on.
struct PastScene: Sendable {
    let sidecar = FakeSidecar()
    let engine: Engine
    let wall = Wall()

    final class Wall: Sendable {
        private let milliseconds = Mutex<Int64>(1_772_000_000_000)
        var now: Timestamp { Timestamp(clamping: milliseconds.withLock { $0 }) }
        func pass(_ count: Int64) { milliseconds.withLock { $0 += count } }
    }

    init(checkpointInterval: Int = SnapshotCheckpoint.interval) throws {
        var configuration = JournalConfiguration.quick
        configuration.checkpointInterval = checkpointInterval
        let wall = wall
        engine = try Engine(sidecar, configuration: configuration, now: { wall.now })
    }

    /// Commands of one or several operations, some in the same millisecond, until there are so many changes.
    func write(_ changes: Int, seed: UInt64 = 1) async throws {
        var random = SeededRandom(seed: seed)
        var known: [TaskID] = []
        var (head, snapshot) = (0, 0)
        while head < changes {
            wall.pass(Int64(random.below(3)))
            let count = random.oneIn(4) ? 2 + random.below(8) : 1
            let operations = (0..<count).map { _ in operation(known, &random) }
            do throws(TaskError) {
                let result = try await engine.perform(TaskCommand(operations), key: random.oneIn(2) ? "k\(head)" : nil)
                head = result.sequence
                known += result.outcomes.filter(\.created).compactMap(\.task?.id)
            } catch {
                guard error.code == "TASK_NOT_FOUND" else { throw error }
            }
            // A snapshot is written beside the commits, which are faster here than anywhere else.
            for _ in 0..<50 where head - snapshot >= 64 {
                try await Task.sleep(for: .milliseconds(1))
                snapshot = try stored()?.snapshot.sequence ?? 0
            }
        }
    }

    private func operation(_ known: [TaskID], _ random: inout SeededRandom) -> TaskOperation {
        guard let id = known.randomElement(using: &random) else { return .create(TaskContent(title: "T"), id: nil) }
        let title = "T\(random.below(1000))"
        var patch = TaskPatch()
        patch.set(.title) { $0.title = title }
        return switch random.below(10) {
        case 0...3: .create(TaskContent(title: title, priority: .high), id: nil)
        case 4, 5: .patch(id, patch)
        case 6, 7: .complete(id)
        case 8: .reopen(id)
        default: .delete(id)
        }
    }

    /// The head of the stored snapshot.
    func stored() throws -> SnapshotHead? {
        try sidecar.rows["head:u1"].map { try SnapshotHead(decoding: $0.value, key: "head:u1") }
    }

    /// The changes of the journal, in order.
    func journal() throws -> [TaskChange] {
        var changes: [TaskChange] = []
        while let row = sidecar.rows["log:u1:\(changes.count + 1)"] {
            let key = "log:u1:\(changes.count + 1)"
            let record = try CommitRecord(decoding: row.value, sequence: changes.count + 1, key: key)
            changes += record.entries.map(\.change)
        }
        return changes
    }

    /// Writes the records of the journal anew.
    func rewrite(format: Int, _ change: (inout CommitRecord) -> Void = { _ in }) throws {
        for (key, row) in sidecar.rows where key.hasPrefix("log:") {
            let sequence = try #require(key.split(separator: ":").last.flatMap { Int($0) })
            var record = try CommitRecord(decoding: row.value, sequence: sequence, key: key)
            change(&record)
            sidecar.put(key, String(decoding: record.encoded(format: format), as: UTF8.self))
        }
    }

    func book(_ moment: Moment, by other: Engine? = nil) async throws(TaskError) -> PastBook {
        try await (other ?? engine).service.book(of: engine.owner, asOf: moment, trace: nil)
    }

    func task(_ id: TaskID, _ moment: Moment, by other: Engine? = nil) async throws(TaskError) -> PastDocument {
        try await (other ?? engine).service.document(id, asOf: moment, owner: engine.owner, trace: nil)
    }
}
