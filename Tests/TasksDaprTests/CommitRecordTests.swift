import DaprJSON
import TaskJSON
import Tasks
import TestSupport
import Testing

@testable import TasksDapr

struct CommitRecordTests {
    private func record() throws -> CommitRecord {
        let owner = try #require(OwnerID("u<1>&é"))
        let id = try #require(TaskID("0190c0de-1234-7000-8000-000000000001"))
        let time = try #require(Timestamp(parsing: "2026-01-02T03:04:05.678Z"))
        let draft = TaskContent(title: "a<b>&\"\\\u{2028}😀", description: "x\ty\n", dueDate: time, tags: ["t"])
        var book = Book(owner: owner)
        var entries: [JournalEntry] = []
        func perform(_ command: TaskCommand, key: String?) throws {
            let trace = CallerTrace(parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            let context = CommandContext(actor: owner, channel: .rest, idempotencyKey: key, trace: trace)
            var draft = BookDraft(of: book)
            let decision = try decide(&draft, CheckedCommand(command), context: context, now: time) { id }
            for recorded in decision.changes {
                apply(recorded.change, to: &book)
                entries.append(JournalEntry(change: recorded.change, task: recorded.task))
            }
        }
        try perform(.create(draft, id: nil), key: "k")
        var patch = TaskPatch()
        patch.set(.description)
        patch.set(.dueDate)
        try perform(.patch(id, patch), key: nil)
        try perform(.complete(id), key: nil)
        try perform(.complete(id), key: "nothing")
        try perform(.delete(id), key: nil)
        for index in entries.indices {
            var change = entries[index].change
            change.sequence += 6
            change.commit = 7
            change.previous = index == 0 ? 0 : 7
            entries[index] = JournalEntry(change: change, task: entries[index].task)
        }
        #expect(entries.map(\.change.kind) == [.created, .updated, .completed, .updated, .deleted])
        return CommitRecord(id: "c", sequence: 7, time: time, published: 6, entries: entries)
    }

    @Test func `the first format reads back, without what it does not tell`() throws {
        var record = try record()
        let read = try CommitRecord(decoding: record.encoded(format: 1), sequence: 7, key: "log:u:7")
        record.entries = record.entries.map { entry in
            var change = entry.change
            change.previous = 0
            if change.kind == .deleted { change.createdAt = nil }
            return JournalEntry(change: change, task: nil)
        }
        #expect(read == record)
        #expect(
            try JSONReencoding.reencoded(record.encoded(format: 1), numbers: .asDoubles) == record.encoded(format: 1)
        )
    }

    @Test func `a record reads back as it was written`() throws {
        let record = try record()
        #expect(try CommitRecord(decoding: record.encoded(), sequence: 7, key: "log:u:7") == record)
        #expect(record.last == 11)
        let documents = record.entries.map { $0.task?.document ?? [] }
        #expect(record.encoded(documents: documents) == record.encoded())
    }

    @Test func `what is written is what Dapr stores`() throws {
        let bytes = try record().encoded()
        #expect(try JSONReencoding.reencoded(bytes, numbers: .asDoubles) == bytes)
    }

    @Test func `a newer format is refused with both numbers`() throws {
        #expect(throws: TaskError.newerFormat(key: "log:u:1", found: 4, supported: 3)) {
            try CommitRecord(decoding: Array(#"{"v":4,"anything":[]}"#.utf8), sequence: 1, key: "log:u:1")
        }
    }

    @Test func `a damaged record is refused, whichever member is damaged`() throws {
        let whole = try JSONValue(parsing: try record().encoded())
        var damaged: [JSONValue] = [.null, [], "x", .object([:])]
        for member in ["changes", "id", "published", "sequence", "time", "v"] {
            for value in [nil, .null, "x", [], -1] as [JSONValue?] where !(member == "id" && value == "x") {
                if member == "published" && value == -1 { continue }
                if member == "v" && value == -1 { continue }
                var object = try #require(whole.objectValue)
                object[member] = value
                damaged.append(.object(object))
            }
        }
        let shared: [(String, [JSONValue?])] = [
            ("actor", [nil, "", 1]), ("channel", [nil, "door"]), ("key", ["x"]), ("kind", [nil, "moved"]),
            ("before", [nil, 1, ["status": "open"], ["title": 1], ["due_date": "soon"], ["tags": [1]], ["other": 1]]),
        ]
        let second: [(String, [JSONValue?])] = [
            ("previous", [nil, -1, 100, "1"]), ("request", [1, "x"]), ("task", [nil, "1", [:]]),
        ]
        let first: [(String, [JSONValue?])] = [
            ("after", [nil, 1, ["priority": "urgent"]]), ("task", [nil, "1"]), ("version", [nil, "1"]),
        ]
        for (format, members) in [(2, shared + second), (1, shared + first)] {
            let whole = try JSONValue(parsing: try record().encoded(format: format))
            let change = try #require(whole["changes"]?[1]?.objectValue)
            for (member, values) in members {
                for value in values {
                    var object = change
                    object[member] = value
                    var outer = try #require(whole.objectValue)
                    outer["changes"] = [.object(object)]
                    damaged.append(.object(outer))
                }
            }
        }
        let task = try #require(whole["changes"]?[1]?["task"]?.objectValue)
        for (member, values) in [
            ("id", [nil, "x"]), ("user_id", [nil, 1]), ("title", [nil]), ("status", [nil, "open"]),
            ("priority", [nil, 1]),
            ("tags", [nil, [1]]), ("created_at", [nil, "x"]), ("updated_at", [nil]), ("version", [nil, 0, "1"]),
            ("description", [nil, 1]), ("due_date", [nil, "soon", 1]),
        ] as [(String, [JSONValue?])] {
            for value in values {
                var object = try #require(whole["changes"]?[1]?.objectValue)
                var damagedTask = task
                damagedTask[member] = value
                object["task"] = .object(damagedTask)
                var outer = try #require(whole.objectValue)
                outer["changes"] = [.object(object)]
                damaged.append(.object(outer))
            }
        }
        for value in damaged {
            do throws(TaskError) {
                _ = try CommitRecord(decoding: value.serialized(), sequence: 7, key: "k")
                Issue.record("taken: \(value)")
            } catch {
                guard case .unreadable("k", _) = error else { throw error }
            }
        }
        #expect(throws: TaskError.self) { try CommitRecord(decoding: [], sequence: 7, key: "k") }
    }

    @Test func `a document has the members of its task, sorted by name`() throws {
        let task = try #require(try record().entries[0].task)
        var bare = task
        bare.content = TaskContent(title: "<")
        let name = #""user_id":"u\u003c1\u003e\u0026é","version":1}"#
        let time = "2026-01-02T03:04:05.678Z"
        let id = "0190c0de-1234-7000-8000-000000000001"
        #expect(
            String(decoding: task.document, as: UTF8.self)
                == #"{"completed":false,"created_at":"\#(time)","description":"x\ty\n","due_date":"\#(time)","#
                + #""id":"\#(id)","priority":"medium","status":"todo","tags":["t"],"#
                + #""title":"a\u003cb\u003e\u0026\"\\\u2028😀","updated_at":"\#(time)",\#(name)"#
        )
        #expect(
            String(decoding: bare.document, as: UTF8.self)
                == #"{"completed":false,"created_at":"\#(time)","description":null,"due_date":null,"#
                + #""id":"\#(id)","priority":"medium","status":"todo","tags":[],"#
                + #""title":"\u003c","updated_at":"\#(time)",\#(name)"#
        )
    }

    @Test(
        arguments: [
            (#"{"title":"x","version":12}"#, 12), (#"{"version":3}"#, 3), (#"{"version": 4, "title": "x"}"#, 4),
            (#"{"title":",\"version\":5","version":9007199254740992}"#, 9_007_199_254_740_992),
        ] as [(String, Int)]
    )
    func `the version of a document is found`(text: String, version: Int) throws {
        let document = try TaskDocument(stored: Array(text.utf8), key: "k")
        #expect(document.version == version)
        #expect(document.bytes == Array(text.utf8))
    }

    @Test(arguments: [
        "", "null", "{}", "[]", #"{"version":0}"#, #"{"version":-1}"#, #"{"version":"1"}"#, #"{"version":}"#, "}",
        #"{"version":1.5}"#, #"{"a":",\"version\":5}"#, #"{"version":99999999999999999999}"#,
    ])
    func `a document without a version is refused`(text: String) {
        #expect(throws: TaskError.self) { try TaskDocument(stored: Array(text.utf8), key: "k") }
    }
}
