import JSON
import Tasks
import Testing

@testable import TasksDapr

struct CommitRecordTests {
    private func record() throws -> CommitRecord {
        let owner = try #require(OwnerID("u<1>&é"))
        let id = try #require(TaskID("0190c0de-1234-7000-8000-000000000001"))
        let time = try #require(Timestamp(parsing: "2026-01-02T03:04:05.678Z"))
        var after = TaskPatch(
            of: TaskDraft(title: "a<b>&\"\\\u{2028}😀", description: "x\ty\n", dueDate: time, tags: ["t"])
        )
        let created = TaskChange(
            sequence: 7,
            time: time,
            kind: .created,
            taskID: id,
            version: 1,
            before: TaskPatch(),
            after: after,
            actor: owner,
            channel: .rest,
            trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            key: KeyHash("k", channel: .rest)
        )
        after = TaskPatch()
        after.description = .null
        after.dueDate = .null
        var before = TaskPatch()
        before.description = .value("x\ty\n")
        before.dueDate = .value(time)
        let updated = TaskChange(
            sequence: 8,
            time: time,
            kind: .updated,
            taskID: id,
            version: 2,
            before: before,
            after: after,
            actor: owner,
            channel: .import
        )
        return CommitRecord(id: "c", sequence: 7, time: time, published: 6, changes: [created, updated])
    }

    @Test func `a record reads back as it was written`() throws {
        let record = try record()
        #expect(try CommitRecord(decoding: record.encoded(), sequence: 7, key: "log:u:7") == record)
        #expect(record.last == 8)
    }

    @Test func `what is written is what Dapr stores`() throws {
        let bytes = try record().encoded()
        #expect(try JSONReencoding.reencoded(bytes, numbers: .asDoubles) == bytes)
    }

    @Test func `a newer format is refused with both numbers`() throws {
        #expect(throws: TaskError.newerFormat(key: "log:u:1", found: 2, supported: 1)) {
            try CommitRecord(decoding: Array(#"{"v":2,"anything":[]}"#.utf8), sequence: 1, key: "log:u:1")
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
        let change = try #require(whole["changes"]?[0]?.objectValue)
        for (member, values) in [
            ("actor", [nil, "", 1]),
            ("after", [nil, 1, ["title": 1], ["due_date": "soon"], ["tags": [1]], ["other": 1]]),
            ("before", [nil, ["status": "open"], ["priority": "urgent"]]), ("channel", [nil, "door"]), ("key", ["x"]),
            ("kind", [nil, "moved"]), ("task", [nil, "1"]), ("version", [nil, "1"]),
        ] as [(String, [JSONValue?])] {
            for value in values {
                var object = change
                object[member] = value
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
