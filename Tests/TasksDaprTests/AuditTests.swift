import Dapr
import DaprJSON
import Tasks
import Testing

@testable import TasksDapr

/// What an audit finds in a book that was damaged.
struct AuditTests {
    /// A way to damage a book.
    enum Damage: String, CaseIterable, Sendable {
        case changedTask, missingTask, deletedTaskThere, missingCommit, strayCommit, changedPage, highMark,
            changedRecord
        case missingLastCommit, changedKind, earlierTime, unreadableRecord

        /// Damages the book of `u1`, and returns the beginning of the key that must be named.
        func inflict(_ sidecar: FakeSidecar) throws -> String {
            let rows = sidecar.rows
            func document(_ key: String) throws -> JSONObject {
                let row = try #require(rows[key], "\(key)")
                return try #require(try JSONValue(parsing: row.value).objectValue)
            }
            func put(_ key: String, _ object: JSONObject) {
                sidecar.put(key, String(decoding: JSONValue.object(object).serialized(), as: UTF8.self))
            }
            let records = try sidecar.journal(of: "u1")
            let task = try #require(rows.keys.filter { $0.hasPrefix("task:u1:") }.min())
            switch self {
            case .changedTask:
                var object = try document(task)
                object["title"] = "another"
                put(task, object)
                return task
            case .missingTask:
                sidecar.remove(task)
                return task
            case .deletedTaskThere:
                let change = try #require(
                    records.flatMap { $0["changes"]?.arrayValue ?? [] }.last { $0["kind"] == "deleted" }
                )
                let gone = try #require(change["task"]?.objectValue)
                let key = "task:u1:\(try #require(gone["id"]?.stringValue))"
                put(key, gone)
                return key
            case .missingCommit:
                let sequence = try #require(records[records.count / 2]["sequence"]?.intValue)
                sidecar.remove("log:u1:\(sequence)")
                return "log:u1:"
            case .missingLastCommit:
                let sequence = try #require(records.last?["sequence"]?.intValue)
                sidecar.remove("log:u1:\(sequence)")
                return "pub:u1"
            case .strayCommit:
                let sequence = try #require(records.last?["sequence"]?.intValue) + 2
                var object = try #require(records.last?.objectValue)
                object["sequence"] = .integer(sequence)
                put("log:u1:\(sequence)", object)
                return "log:u1:\(sequence)"
            case .changedPage:
                let key = try #require(rows.keys.first { $0.hasPrefix("page:u1:0:") })
                var page = try document(key)
                var lines = try #require(page["tasks"]?.arrayValue)
                var line = try #require(lines[0].objectValue)
                var item = try #require(line["task"]?.objectValue)
                item["title"] = "another"
                line["task"] = .object(item)
                lines[0] = .object(line)
                page["tasks"] = .array(lines)
                put(key, page)
                return "head:u1"
            case .highMark:
                sidecar.put("pub:u1", #"{"sequence":9999,"v":1}"#)
                return "pub:u1"
            case .changedRecord, .changedKind:
                // A task of its own, which nothing changed since.
                var record = try document("log:u1:8")
                var changes = try #require(record["changes"]?.arrayValue)
                var change = try #require(changes[0].objectValue)
                if self == .changedKind {
                    change["kind"] = "deleted"
                } else {
                    var item = try #require(change["task"]?.objectValue)
                    item["title"] = "another"
                    change["task"] = .object(item)
                }
                changes[0] = .object(change)
                record["changes"] = .array(changes)
                put("log:u1:8", record)
                return self == .changedKind ? "log:u1:8" : "task:u1:"
            case .earlierTime:
                var record = try document("log:u1:3")
                record["time"] = "2001-01-01T00:00:00.000Z"
                put("log:u1:3", record)
                return "log:u1:3"
            case .unreadableRecord:
                sidecar.put("log:u1:3", #"{"v":2}"#)
                return "log:u1:3"
            }
        }
    }

    @Test func `keys left out of bulk reads are no difference, and are in an export`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let owner = try #require(OwnerID("u1"))
        func export() async throws -> TransferCounts {
            try await BookExport(dapr: DaprClient(transport: sidecar), store: "statestore", owner: owner).run { _ in }
        }
        let (sound, exported) = (try await PopulatedBook.audit(sidecar), try await export())
        for kept in 0..<2 {
            // All keys, then all but the first.
            sidecar.setFault { $0.kind == .bulkGet ? .omit(Set($0.keys.dropFirst(kept))) : .none }
            #expect(try await PopulatedBook.audit(sidecar) == sound)
            let counts = try await export()
            #expect(counts.tasks == exported.tasks && counts.changes == exported.changes)
        }
    }

    @Test func `a snapshot may tell the age of a key by when its change was made, as servers of before do`()
        async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<70 { try await engine.create("\(number)", key: "k\(number)") }
        await engine.service.journal.snapshots.drain()
        let sound = BookAudit.Finding.sound(changes: 70, tasks: 70)
        #expect(try await PopulatedBook.audit(sidecar) == sound)
        // The record is that of a newer server, with a time for ages that lags behind.
        let key = "log:u1:7"
        var record = try CommitRecord(decoding: try #require(sidecar.rows[key]).value, sequence: 7, key: key)
        record.clock = record.time.advanced(byMilliseconds: -178)
        sidecar.put(key, String(decoding: record.encoded(), as: UTF8.self))
        #expect(try await PopulatedBook.audit(sidecar) == sound)
        record.clock = nil
        sidecar.put(key, String(decoding: record.encoded(), as: UTF8.self))
        let head = String(decoding: try #require(sidecar.rows["head:u1"]).value, as: UTF8.self)
        let time = "\(record.time.milliseconds)"
        sidecar.put("head:u1", head.replacing(":\(time)\"", with: ":\(record.time.milliseconds - 178)\""))
        guard case .different("head:u1", _) = try await PopulatedBook.audit(sidecar) else {
            Issue.record("a time that is neither is not found")
            return
        }
    }

    @Test(arguments: Damage.allCases)
    func `damage of any kind is found`(damage: Damage) async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let changes = try sidecar.journal(of: "u1").reduce(0) { $0 + ($1["changes"]?.arrayValue?.count ?? 0) }
        let tasks = sidecar.rows.keys.count { $0.hasPrefix("task:u1:") }
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: changes, tasks: tasks))
        let key = try damage.inflict(sidecar)
        guard case .different(let found, _) = try await PopulatedBook.audit(sidecar) else {
            Issue.record("\(damage) is not found")
            return
        }
        #expect(found.hasPrefix(key), "\(found)")
    }
}
