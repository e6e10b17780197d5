import Dapr
import DaprJSON
import TaskJSON
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

/// Journals of format 3, with what no server writes yet: it is read, served, and kept wherever it goes.
struct NewestFormatTests {
    private static let owner = "u1"

    private func record(_ sequence: Int, _ sidecar: FakeSidecar) throws -> CommitRecord {
        let key = "log:u1:\(sequence)"
        return try CommitRecord(decoding: try #require(sidecar.rows[key]).value, sequence: sequence, key: key)
    }

    private func migration(_ sidecar: FakeSidecar, to format: Int) throws -> BookMigration {
        BookMigration(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: try #require(OwnerID(Self.owner)),
            to: format,
            isDryRun: false
        )
    }

    private func export(_ sidecar: FakeSidecar, owner: String = "u1") async throws -> [String] {
        var lines: [String] = []
        let owner = try #require(OwnerID(owner))
        _ = try await BookExport(dapr: DaprClient(transport: sidecar), store: "statestore", owner: owner).run {
            lines.append(String(decoding: $0, as: UTF8.self))
        }
        return lines
    }

    private func take(_ lines: [String], for owner: String? = nil, _ sidecar: FakeSidecar) async throws {
        let file = try BookFile(parsing: Array(lines.joined(separator: "\n").utf8), for: owner.flatMap { OwnerID($0) })
        _ = try await BookImport(dapr: DaprClient(transport: sidecar), store: "statestore", file: file).run()
    }

    @Test func `a record that says format 2 and holds a day is refused`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        var withDay = 0
        for (key, row) in sidecar.rows where key.hasPrefix("log:u1:") {
            let sequence = try #require(key.split(separator: ":").last.flatMap { Int($0) })
            var record = try CommitRecord(decoding: row.value, sequence: sequence, key: key)
            record.entries.removeAll { !($0.task?.content.dueDate?.isDay ?? false) }
            guard !record.entries.isEmpty else { continue }
            withDay += 1
            let error = #expect(throws: TaskError.self) {
                try CommitRecord(decoding: record.encoded(format: 2), sequence: sequence, key: key)
            }
            guard case .unreadable(_, let reason) = error else { continue }
            #expect(reason.contains("a due date that is a day"), "\(reason)")
        }
        #expect(withDay > 0)
    }

    @Test func `a record reads back as it was written, and is what Dapr stores`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        for sequence in [1, 4, 7, 8] {
            let record = try record(sequence, sidecar)
            let bytes = record.encoded(format: 3)
            #expect(sidecar.rows["log:u1:\(sequence)"]?.value == bytes)
            #expect(try CommitRecord(decoding: bytes, sequence: sequence, key: "k") == record)
            #expect(try JSONReencoding.reencoded(bytes, numbers: .asDoubles) == bytes)
            #expect(record.by != nil)
        }
        let later = try record(8, sidecar)
        #expect(later.mark.hash == "aGFzaA")
        #expect(later.entries.map(\.salt) == ["c2FsdA", "bW9yZQ"])
        #expect(later.entries.map(\.change.command) == [8...9, 8...9])
        #expect(
            later.entries.map(\.change.key) == Array(repeating: Fingerprint(key: "undo", channel: .event), count: 2)
        )
        let due = try #require(try JSONValue(parsing: later.encoded())["changes"]?[1]?["task"]?["due_date"])
        #expect(due == "2026-01-31")
    }

    @Test func `a record of one change is as long as before, but for when its task had changed`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        try await engine.perform(.complete(id))
        let members = try sidecar.journal(of: "u1").map { record in
            (record.objectValue?.keys.map { $0 } ?? [], record["changes"]?[0]?.objectValue?.keys.map { $0 } ?? [])
        }
        let outer = ["changes", "clock", "id", "published", "sequence", "time", "v"]
        #expect(members[0].0 == outer)
        #expect(members[0].1 == ["actor", "channel", "kind", "previous", "task", "trace"])
        #expect(members[1].0 == ["after"] + outer)
        #expect(members[1].1 == ["actor", "before", "channel", "kind", "previous", "since", "task", "trace"])
    }

    @Test func `what is damaged is refused, whichever member is`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        let whole = try JSONValue(parsing: try #require(sidecar.rows["log:u1:8"]).value)
        let changes = try #require(whole["changes"]?.arrayValue)
        var damaged: [JSONValue] = []
        for (member, values) in [("by", [1]), ("hash", [1, []]), ("more", [1, "x", []])] as [(String, [JSONValue])] {
            for value in values {
                var object = try #require(whole.objectValue)
                object[member] = value
                damaged.append(.object(object))
            }
        }
        // A command that is shorter or longer than it says, or longer than a commit.
        for (place, member, values) in [
            (0, "command", [nil, 0, 1, -1, 3, 129, "2"]), (0, "ended", [0, -1, "x"]), (0, "salt", [1]),
            (0, "more", [1, []]),
            (1, "since", ["x", .null]), (1, "more", ["x"]), (0, "actor", [nil]),
        ] as [(Int, String, [JSONValue?])] {
            for value in values {
                var (outer, list) = (try #require(whole.objectValue), changes)
                var object = try #require(list[place].objectValue)
                object[member] = value
                list[place] = .object(object)
                outer["changes"] = .array(list)
                damaged.append(.object(outer))
            }
        }
        for value in damaged {
            #expect(throws: TaskError.self, "\(value)") {
                try CommitRecord(decoding: value.serialized(), sequence: 8, key: "k")
            }
        }
    }

    @Test func `it is served, written on, published and put in a snapshot`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 9, tasks: 2))
        let engine = try Engine(sidecar)
        let tasks = try await engine.list()
        for task in tasks { #expect(sidecar.rows["task:u1:\(task.id)"]?.value == task.document) }
        let back = try #require(tasks.first { $0.content.dueDate == nil })
        #expect(back.createdAt < back.updatedAt)
        // Its history goes on from before its end.
        let history = try await engine.service.history(
            of: back.id,
            cursor: nil,
            limit: 200,
            owner: engine.owner,
            trace: nil
        )
        #expect(history.changes.map(\.change.kind) == [.created, .deleted, .created])
        #expect(history.changes.map(\.task.version) == [3, 2, 1])
        var query = TaskQuery()
        query.order = TaskOrder(.dueDate)
        let sorted = try await engine.service.list(query, owner: engine.owner, trace: nil).items
        #expect(sorted.map(\.content.dueDate?.text) == ["2026-01-31", nil])
        try await engine.withRelay {
            try await engine.perform(.complete(back.id))
            for number in 0..<70 { try await engine.create("\(number)") }
        }
        await engine.service.journal.snapshots.drain()
        #expect(sidecar.published.compactMap { $0["sequence"]?.intValue } == Array(1...80))
        #expect(sidecar.published[8]["data"]?["changes"] == ["due_date": ["after": "2026-01-31", "before": .null]])
        let pages = try sidecar.rows.filter { $0.key.hasPrefix("page:u1:0:") }.map {
            try JSONValue(parsing: $0.value.value)
        }
        #expect(pages.map { $0["v"] } == [2])
        // All keys in the head are of commands of several changes.
        let head = try SnapshotHead(decoding: try #require(sidecar.rows["head:u1"]).value, key: "head:u1")
        #expect(head.snapshot.keys.map(\.use.count) == [3, 3, 2])
        #expect(try await Engine(sidecar).list() == engine.list())
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 80, tasks: 72))
    }

    @Test func `an earlier life and its end are compared with what comes back`() async throws {
        for (member, value) in [("ended", 4), ("previous", 4), ("previous", 0)] {
            let sidecar = FakeSidecar()
            try await NewestBook.make(sidecar)
            let text = String(decoding: try #require(sidecar.rows["log:u1:8"]).value, as: UTF8.self)
            let right = member == "ended" ? 2 : 7
            #expect(text.contains("\"\(member)\":\(right)"))
            sidecar.put("log:u1:8", text.replacing("\"\(member)\":\(right)", with: "\"\(member)\":\(value)"))
            guard case .different("log:u1:8", _) = try await PopulatedBook.audit(sidecar) else {
                Issue.record("\(member) \(value) is not found")
                continue
            }
        }
    }

    @Test func `what a change says of before is compared with what was there`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        let text = String(decoding: try #require(sidecar.rows["log:u1:4"]).value, as: UTF8.self)
        let wrong = text.replacing(#""before":{"status":"todo"}"#, with: #""before":{"status":"in_progress"}"#)
        #expect(wrong != text)
        sidecar.put("log:u1:4", wrong)
        guard case .different("log:u1:4", let reason) = try await PopulatedBook.audit(sidecar) else {
            Issue.record("it is not found")
            return
        }
        #expect(reason.contains("before"))
    }

    @Test func `it goes to another store byte for byte, and to another owner without the chain`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        let lines = try await export(sidecar)
        let other = FakeSidecar()
        try await take(lines, other)
        #expect(try await export(other) == lines)
        try await take(lines, for: "a/b", other)
        let theirs = try await export(other, owner: "a/b").joined(separator: "\n")
        for gone in ["aGFzaA", "c2FsdA", "bW9yZQ", "u1"] { #expect(!theirs.contains(gone), "\(gone)") }
        for kept in [#""more":{"undoes":[7,7]}"#, #""more":{"note":["a",1]}"#, #""ended":2"#, #""command":2"#] {
            #expect(theirs.contains(kept), "\(kept)")
        }
        guard case .sound = try await PopulatedBook.audit(other, owner: "a/b") else {
            Issue.record("it is not sound")
            return
        }
    }

    @Test func `a hash is in the mark that a snapshot's head keeps`() throws {
        let snapshot = BookSnapshot(sequence: 5, time: .epoch, places: 0, numbering: 0, pages: [:], keys: [])
        for hash in [nil, "aGFzaA"] {
            let mark = CommitMark(sequence: 5, id: "i", hash: hash)
            let head = SnapshotHead(snapshot: snapshot, published: 0, first: 1, commit: mark)
            let read = try SnapshotHead(decoding: head.encoded, key: "head:u1")
            #expect(read.commit?.hash == hash)
            #expect(read.commit == mark)
            #expect(try JSONValue(parsing: head.encoded)["v"] == 2)
        }
    }

    @Test(arguments: [1, 2])
    func `what an older format cannot hold is named, and nothing is written`(format: Int) async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        func put(_ record: CommitRecord) {
            sidecar.put("log:u1:\(record.sequence)", String(decoding: record.encoded(format: 3), as: UTF8.self))
        }
        let migration = try migration(sidecar, to: format)
        func refusal() async -> String {
            let before = PopulatedBook.documents(sidecar)
            defer { #expect(PopulatedBook.documents(sidecar) == before) }
            do throws(MigrationFailure) {
                _ = try await migration.run()
            } catch {
                return "\(error)"
            }
            return ""
        }
        let several = await refusal()
        #expect(several.hasPrefix("log:u1:1 holds a command of several changes, which format \(format) cannot"))
        // Each change becomes a command of its own.
        for sequence in [1, 4, 8] {
            var apart = try record(sequence, sidecar)
            for index in apart.entries.indices { apart.entries[index].change.part = .whole }
            put(apart)
        }
        let revival = await refusal()
        #expect(revival.hasPrefix("log:u1:8 holds a deleted task that came back"))
        var due = try record(8, sidecar)
        due.entries.removeFirst()
        put(due)
        let day = await refusal()
        #expect(day.hasPrefix("log:u1:8 holds a due date that is a day"))
        sidecar.remove("log:u1:8")
        #expect(try await migration.run().changed == 3)
    }

    @Test func `books of every format are one book, and the way up and down again is byte for byte`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let second = PopulatedBook.documents(sidecar)
        let count = try sidecar.journal(of: "u1").count
        #expect(try await migration(sidecar, to: 3).run().changed == count)
        let third = PopulatedBook.documents(sidecar)
        #expect(Set(try sidecar.journal(of: "u1").map { $0["v"]?.intValue }) == [3])
        #expect(try await migration(sidecar, to: 3).run().changed == 0)
        guard case .sound(_, let tasks) = try await PopulatedBook.audit(sidecar) else {
            Issue.record("it is not sound")
            return
        }
        for format in [1, 3, 2] {
            #expect(try await migration(sidecar, to: format).run().changed == count)
            if format == 3 { #expect(PopulatedBook.documents(sidecar) == third) }
        }
        #expect(PopulatedBook.documents(sidecar) == second)
        // Each in another.
        _ = try await migration(sidecar, to: 1).run()
        let first = PopulatedBook.documents(sidecar)
        for (index, record) in try sidecar.journal(of: "u1").enumerated() {
            let key = "log:u1:\(try #require(record["sequence"]?.intValue))"
            sidecar.put(key, try #require([first, second, third][index % 3][key]))
        }
        #expect(Set(try sidecar.journal(of: "u1").map { $0["v"]?.intValue }) == [1, 2, 3])
        guard case .sound = try await PopulatedBook.audit(sidecar) else {
            Issue.record("a mixed book is not sound")
            return
        }
        let engine = try Engine(sidecar)
        #expect(try await engine.list().count == tasks)
        #expect(try await engine.create("a<7>", key: "create 7").replayed)
    }

    @Test func `a snapshot that holds a key of several changes or a day does not go back`() async throws {
        let sidecar = FakeSidecar()
        try await NewestBook.make(sidecar)
        let engine = try Engine(sidecar)
        for number in 0..<70 { try await engine.create("\(number)") }
        await engine.service.journal.snapshots.drain()
        let migration = SnapshotMigration(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: engine.owner
        )
        await #expect { try await migration.run(isDryRun: false) } throws: { error in
            guard case .doesNotFit("head:u1", _, format: 1)? = error as? MigrationFailure else { return false }
            return true
        }
        var head = try SnapshotHead(decoding: try #require(sidecar.rows["head:u1"]).value, key: "head:u1")
        head.snapshot.keys = []
        sidecar.put("head:u1", String(decoding: head.encoded, as: UTF8.self))
        await #expect { try await migration.run(isDryRun: false) } throws: { error in
            guard case .doesNotFit(let key, "a due date that is a day", format: 1)? = error as? MigrationFailure else {
                return false
            }
            return key.hasPrefix("page:u1:0:")
        }
    }
}
