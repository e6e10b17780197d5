import Testing

@testable import Tasks

/// JSON Patch on tasks.
struct TaskEditsTests {
    private static let item: TaskItem? = OwnerID("ann").map {
        var content = TaskContent(title: "A")
        content.tags = ["x", "y"]
        return TaskItem(
            id: TaskID(high: 1, low: 1),
            userID: $0,
            content: content,
            createdAt: .epoch,
            updatedAt: .epoch,
            version: 3
        )
    }

    private func result(_ steps: [TaskEdits.Step]) throws -> TaskContent {
        let item = try #require(Self.item)
        let (content, marks) = try TaskEdits(steps).result(on: item)
        try marks.check(against: item)
        return content
    }

    private func path(_ text: String) throws -> EditPath { try #require(EditPath(text)) }

    @Test func `edits are made in order, each on the result of those before`() throws {
        let steps: [TaskEdits.Step] = [
            .test(try path("/title"), .string("A")), .replace(try path("/title"), .string("B")),
            .add(try path("/tags/0"), .string("first")), .add(try path("/tags/-"), .string("last")),
            .remove(try path("/tags/1")),
            .test(try path("/tags"), .list([.string("first"), .string("y"), .string("last")])),
            .move(from: try path("/tags/2"), to: try path("/tags/0")),
            .copy(from: try path("/title"), to: try path("/description")),
            .add(try path("/due_date"), .string("2026-01-31")),
        ]
        let content = try result(steps)
        #expect(content.title == "B" && content.description == "B")
        #expect(content.tags == ["last", "first", "y"])
        #expect(content.dueDate == UTCDay("2026-01-31").map { .day($0) })
    }

    @Test func `a removed member takes its default, and status and completed are one`() throws {
        #expect(try result([.remove(path("/tags"))]).tags == [])
        #expect(try result([.replace(path("/completed"), .bool(true))]).status == .done)
        #expect(try result([.replace(path("/status"), .string("in_progress"))]).status == .inProgress)
        #expect(throws: TaskError.self) {
            try result([.replace(path("/status"), .string("in_progress")), .replace(path("/completed"), .bool(true))])
        }
    }

    @Test func `a test that fails refuses all, and says which`() throws {
        #expect(throws: TaskError.testFailed(edit: 1)) {
            try result([.replace(path("/title"), .string("B")), .test(path("/title"), .string("A"))])
        }
        #expect(throws: TaskError.testFailed(edit: 0)) { try result([.test(path("/tags/0"), .other)]) }
    }

    @Test(arguments: ["/nothing", "/tags/2", "/tags/-", "/tags/01", "/title/0", "/tags/0/1", ""])
    func `a place that is not there is named`(pointer: String) throws {
        do {
            _ = try result([.replace(path(pointer), .string("x"))])
            Issue.record("\(pointer) was replaced")
        } catch TaskError.invalid(let faults) {
            #expect(faults.map(\.field) == ["[0].path"] && faults.map(\.code) == ["no_such_path"])
        }
    }

    @Test(arguments: ["/id", "/user_id", "/created_at", "/updated_at", "/version"])
    func `what the service sets can be tested for and not changed`(pointer: String) throws {
        let item = try #require(Self.item)
        #expect(throws: (any Error).self) { try result([.replace(path(pointer), .string("x"))]) }
        #expect(throws: TaskError.testFailed(edit: 0)) { try result([.test(path(pointer), .string("x"))]) }
        #expect(try result([.test(path("/version"), .integer(item.version))]) == item.content)
    }

    @Test(arguments: [
        ("", EditPath.whole), ("/title", .member("title")), ("/a~1b", .member("a/b")), ("/m~0n", .member("m~n")),
        ("/~01", .member("~1")), ("/tags/0", .element("tags", 0)), ("/tags/-", .end("tags")), ("/", .member("")),
        ("/tags/00", .nowhere), ("/tags/+1", .nowhere), ("/tags/99999999999999999999", .nowhere),
        ("/a/b/c", .nowhere),
    ])
    func `pointers are read as RFC 6901 says`(pointer: String, path: EditPath) {
        #expect(EditPath(pointer) == path)
        if path != .nowhere { #expect(path.pointer == pointer) }
    }

    @Test(arguments: ["title", "/a~", "/a~2", " /title"])
    func `what is no pointer is refused`(pointer: String) { #expect(EditPath(pointer) == nil) }
}
