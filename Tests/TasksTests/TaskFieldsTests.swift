import TestSupport
import Testing

@testable import Tasks

struct TaskFieldsTests {
    typealias Fields = [(name: String, value: FieldValue)]

    private func faults(of body: () throws(TaskError) -> Void) -> [String] {
        do throws(TaskError) {
            try body()
            return []
        } catch {
            guard case .invalid(let faults) = error else { return ["\(error)"] }
            return faults.map { "\($0.field) \($0.code)" }.sorted()
        }
    }

    @Test func `a title alone is a draft`() throws {
        let draft = try TaskContent(fields: [("title", .string("  Buy milk\n"))])
        #expect(draft == TaskContent(title: "Buy milk"))
    }

    @Test func `every field of a draft is read`() throws {
        let fields: Fields = [
            ("title", .string("T")), ("description", .string("a\n\tb")), ("status", .string("in_progress")),
            ("completed", .bool(false)), ("priority", .string("high")),
            ("due_date", .string("2026-01-02T03:04:05+01:00")),
            ("tags", .list([.string(" x "), .string("y")])),
        ]
        let draft = try TaskContent(fields: fields)
        #expect(draft.description == "a\n\tb")
        #expect(draft.status == .inProgress)
        #expect(draft.priority == .high)
        #expect(draft.dueDate?.text == "2026-01-02T02:04:05.000Z")
        #expect(draft.tags == ["x", "y"])
        #expect(try TaskContent(fields: [("title", .string("T")), ("completed", .bool(true))]).status == .done)
    }

    @Test func `all faults of a draft are listed together`() {
        let fields: Fields = [
            ("title", .string(" ")), ("description", .integer(1)), ("status", .string("open")),
            ("completed", .string("yes")),
            ("priority", .bool(true)), ("due_date", .string("tomorrow")), ("id", .string("x")), ("color", .null),
            ("tags", .list([.string("a"), .integer(1), .string("a"), .string(""), .string("b\u{0}")])),
        ]
        #expect(
            faults { () throws(TaskError) in _ = try TaskContent(fields: fields) } == [
                "color unknown_field", "completed type", "description type", "due_date not_rfc3339", "id read_only",
                "priority type", "status not_one_of", "tags[1] type", "tags[2] duplicate", "tags[3] required",
                "tags[4] control_character", "title required",
            ]
        )
        #expect(faults { () throws(TaskError) in _ = try TaskContent(fields: []) } == ["title required"])
        #expect(
            faults { () throws(TaskError) in _ = try TaskContent(fields: [("title", .null)]) } == ["title required"]
        )
        #expect(
            faults { () throws(TaskError) in _ = try TaskContent(fields: [("title", .integer(3))]) } == ["title type"]
        )
    }

    @Test(arguments: [
        (TaskContent(title: String(repeating: "é", count: 200)), []),
        (TaskContent(title: String(repeating: "é", count: 201)), ["title too_long"]),
        (TaskContent(title: "a\u{7}"), ["title control_character"]),
        (TaskContent(title: "T", description: String(repeating: "x", count: 10_000)), []),
        (TaskContent(title: "T", description: String(repeating: "x", count: 10_001)), ["description too_long"]),
        (TaskContent(title: "T", description: "\u{0}"), ["description control_character"]),
        (TaskContent(title: "T", tags: (0..<20).map { "t\($0)" }), []),
        (TaskContent(title: "T", tags: (0..<21).map { "t\($0)" }), ["tags too_many"]),
        (TaskContent(title: "T", tags: [String(repeating: "x", count: 51)]), ["tags[0] too_long"]),
        (TaskContent(title: "", tags: ["a", " a"]), ["tags[1] duplicate", "title required"]),
        (TaskContent(title: "T", tags: ["\u{E9}", "e\u{301}", "K", "\u{212A}"]), []),
        (TaskContent(title: "T", tags: ["e\u{301}", "\u{E9}", "e\u{301}"]), ["tags[2] duplicate"]),
    ])
    func `the limits hold`(draft: TaskContent, expected: [String]) {
        #expect(faults { () throws(TaskError) in _ = try draft.checked() } == expected)
    }

    @Test func `a patch tells absent from null from a value`() throws {
        let empty = try TaskPatch(fields: [])
        #expect(empty == TaskPatch())
        let removal = try TaskPatch(fields: [
            ("description", .null), ("due_date", .null), ("status", .null), ("priority", .null), ("tags", .null),
        ])
        #expect(removal.fields == [.description, .dueDate, .status, .priority, .tags])
        #expect(removal.content == TaskContent(title: ""))
        let values = try TaskPatch(fields: [("description", .string("d")), ("title", .string(" t "))])
        #expect(values.fields == [.description, .title])
        #expect(values.content == TaskContent(title: "t", description: "d"))
        #expect(
            faults { () throws(TaskError) in _ = try TaskPatch(fields: [("title", .null), ("completed", .null)]) }
                == ["completed type", "title required"]
        )
    }

    @Test func `status and completed that disagree are refused`() {
        #expect(
            faults { () throws(TaskError) in
                _ = try TaskPatch(fields: [("status", .string("done")), ("completed", .bool(false))])
            } == ["completed contradiction"]
        )
        #expect(
            faults { () throws(TaskError) in
                _ = try TaskContent(fields: [
                    ("title", .string("T")), ("status", .string("todo")), ("completed", .bool(true)),
                ])
            } == ["completed contradiction"]
        )
    }

    @Test func `each field is one of a set by itself, and the members of a task are sorted by name`() {
        for field in TaskField.allCases {
            for other in TaskField.allCases { #expect(([field] as TaskFields).contains(other) == (field == other)) }
        }
        let names = TaskMember.sorted.map(\.name)
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(Set(names).count == TaskField.allCases.count + TaskMark.allCases.count)
    }

    @Test(arguments: TaskField.allCases)
    func `a field that is not read back from what is written of it would be lost`(field: TaskField) throws {
        var content = TaskContent(title: "T", status: .inProgress, priority: .high, tags: ["a"])
        content.description = "d"
        content.dueDate = .time(.epoch)
        var read = TaskContent(title: "")
        #expect(content.value(of: field) != read.value(of: field))
        let stored: TaskValue =
            switch content.value(of: field) {
            case .word(let text): .text(text)
            case .time(let time): .text(time.text)
            case .day(let day): .text(day.text)
            case let value: value
            }
        let isRead = read.set(field, stored: stored)
        #expect(isRead)
        #expect(read.value(of: field) == content.value(of: field))
        #expect(TaskPatch(of: read, differingFrom: TaskContent(title: "")).fields == [field])
        for other in [TaskValue.other, .bool(true), nil] {
            let isRead = read.set(field, stored: other)
            #expect(!isRead)
        }
        var copy = TaskContent(title: "")
        TaskPatch(of: content, only: [field]).apply(to: &copy)
        #expect(copy == read)
    }

    /// The fingerprints of commands are stored: one that changes makes every repeat of before be refused as another command.
    @Test func `the fingerprints of commands are what they were`() throws {
        let id = try #require(TaskID("0190c0de-1234-7000-8000-000000000001"))
        let bare = TaskContent(title: "T")
        var full = TaskContent(title: "T", status: .inProgress, priority: .high, tags: ["a", "b"])
        full.description = "d"
        full.dueDate = .time(.epoch)
        #expect(Fingerprint(of: .create(bare, id: nil)).text == "a349f255e675487409a3470336611723")
        #expect(Fingerprint(of: .replace(id, full)).text == "b83ffffad68f213c2184188b7a223c6d")
        var fields: Fields = [("version", .integer(1)), ("title", .string("T"))]
        let marks = GivenMarks(takenFrom: &fields)
        #expect(fields.map(\.name) == ["title"])
        let marked = TaskCommand([.replace(.task(id), full, having: marks)])
        #expect(Fingerprint(of: marked).text == "d373e4792a94ea8be14f1cd6312a762d")
    }
}
