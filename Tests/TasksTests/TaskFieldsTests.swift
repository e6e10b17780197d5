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
        let draft = try TaskDraft(fields: [("title", .string("  Buy milk\n"))])
        #expect(draft == TaskDraft(title: "Buy milk"))
    }

    @Test func `every field of a draft is read`() throws {
        let fields: Fields = [
            ("title", .string("T")), ("description", .string("a\n\tb")), ("status", .string("in_progress")),
            ("completed", .bool(false)), ("priority", .string("high")),
            ("due_date", .string("2026-01-02T03:04:05+01:00")),
            ("tags", .list([.string(" x "), .string("y")])),
        ]
        let draft = try TaskDraft(fields: fields)
        #expect(draft.description == "a\n\tb")
        #expect(draft.status == .inProgress)
        #expect(draft.priority == .high)
        #expect(draft.dueDate?.text == "2026-01-02T02:04:05.000Z")
        #expect(draft.tags == ["x", "y"])
        #expect(try TaskDraft(fields: [("title", .string("T")), ("completed", .bool(true))]).status == .done)
    }

    @Test func `all faults of a draft are listed together`() {
        let fields: Fields = [
            ("title", .string(" ")), ("description", .integer(1)), ("status", .string("open")),
            ("completed", .string("yes")),
            ("priority", .bool(true)), ("due_date", .string("tomorrow")), ("id", .string("x")), ("color", .null),
            ("tags", .list([.string("a"), .integer(1), .string("a"), .string(""), .string("b\u{0}")])),
        ]
        #expect(
            faults { () throws(TaskError) in _ = try TaskDraft(fields: fields) } == [
                "color unknown_field", "completed type", "description type", "due_date not_rfc3339", "id read_only",
                "priority type", "status not_one_of", "tags[1] type", "tags[2] duplicate", "tags[3] required",
                "tags[4] control_character", "title required",
            ]
        )
        #expect(faults { () throws(TaskError) in _ = try TaskDraft(fields: []) } == ["title required"])
        #expect(faults { () throws(TaskError) in _ = try TaskDraft(fields: [("title", .null)]) } == ["title required"])
        #expect(
            faults { () throws(TaskError) in _ = try TaskDraft(fields: [("title", .integer(3))]) } == ["title type"]
        )
    }

    @Test(arguments: [
        (TaskDraft(title: String(repeating: "é", count: 200)), []),
        (TaskDraft(title: String(repeating: "é", count: 201)), ["title too_long"]),
        (TaskDraft(title: "a\u{7}"), ["title control_character"]),
        (TaskDraft(title: "T", description: String(repeating: "x", count: 10_000)), []),
        (TaskDraft(title: "T", description: String(repeating: "x", count: 10_001)), ["description too_long"]),
        (TaskDraft(title: "T", description: "\u{0}"), ["description control_character"]),
        (TaskDraft(title: "T", tags: (0..<20).map { "t\($0)" }), []),
        (TaskDraft(title: "T", tags: (0..<21).map { "t\($0)" }), ["tags too_many"]),
        (TaskDraft(title: "T", tags: [String(repeating: "x", count: 51)]), ["tags[0] too_long"]),
        (TaskDraft(title: "", tags: ["a", " a"]), ["tags[1] duplicate", "title required"]),
    ])
    func `the limits hold`(draft: TaskDraft, expected: [String]) {
        #expect(faults { () throws(TaskError) in _ = try draft.checked() } == expected)
    }

    @Test func `a patch tells absent from null from a value`() throws {
        let empty = try TaskPatch(fields: [])
        #expect(empty == TaskPatch())
        let removal = try TaskPatch(fields: [
            ("description", .null), ("due_date", .null), ("status", .null), ("priority", .null), ("tags", .null),
        ])
        #expect(removal.description == .null)
        #expect(removal.dueDate == .null)
        #expect(removal.status == .todo)
        #expect(removal.priority == .medium)
        #expect(removal.tags == [])
        let values = try TaskPatch(fields: [("description", .string("d")), ("title", .string(" t "))])
        #expect(values.description == .value("d"))
        #expect(values.title == "t")
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
                _ = try TaskDraft(fields: [
                    ("title", .string("T")), ("status", .string("todo")), ("completed", .bool(true)),
                ])
            } == ["completed contradiction"]
        )
    }
}
