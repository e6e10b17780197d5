import Testing

@testable import Tasks

/// Commands of which what can be done is done.
struct PartialCommandTests {
    private func decided(
        _ command: TaskCommand,
        on book: TestBook,
        key: String? = nil,
        conditions: [Int: TaskCondition] = [:]
    ) throws(TaskError) -> Decision {
        let context = CommandContext(
            actor: book.book.owner,
            channel: .rest,
            conditions: conditions,
            idempotencyKey: key
        )
        var draft = BookDraft(of: book.book)
        var made: UInt64 = 0
        return try decide(&draft, CheckedCommand(command), context: context, now: book.now) {
            made += 1
            return TaskID(high: 8, low: made)
        }
    }

    @Test func `a refused operation refuses itself and what rests on it`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let absent = TaskID(high: 3, low: 3)
        let fault = FieldFault("operations[0].task.title", .required, "Give a title.")
        let operations: [TaskOperation] = [
            .invalid([fault], creates: false), .complete(.made(by: 0)), .create(TaskContent(title: "B"), id: nil),
            .complete(.made(by: 2)), .delete(absent), .delete(id),
        ]
        // What does not create anything cannot be named.
        #expect(throws: (any Error).self) { try decided(TaskCommand(operations, mode: .partial), on: book) }
        let rest = TaskCommand(
            [.create(TaskContent(title: " "), id: nil), .complete(.made(by: 0))] + operations.dropFirst(2).map { $0 },
            mode: .partial
        )
        let named = [.invalid([fault], creates: true)] + operations.dropFirst()
        let refused = try decided(TaskCommand(named, mode: .partial), on: book).outcomes
        #expect(refused.map { $0.refusal?.code }.prefix(2) == ["INVALID_FIELDS", "REFERENCE_REFUSED"])
        let decision = try decided(rest, on: book, key: "k")
        let outcomes = decision.outcomes
        #expect(
            outcomes.map { $0.refusal?.code } == [
                "INVALID_FIELDS", "REFERENCE_REFUSED", nil, nil, "TASK_NOT_FOUND", nil,
            ]
        )
        #expect(decision.changes.map(\.change.kind) == [.created, .completed, .deleted])
        guard case .invalid(let faults)? = outcomes[0].refusal else { return #expect(Bool(false)) }
        #expect(faults.map(\.field) == ["operations[0].task.title"])
        // The journal tells it all again.
        #expect(DecidedOutcome.all(of: decision.changes) == outcomes)
    }

    @Test func `an atomic command names the operation that refuses it`() throws {
        let book = try TestBook()
        let absent = TaskID(high: 3, low: 3)
        #expect(throws: TaskError.inOperation(1, .notFound(absent))) {
            try decided(TaskCommand([.create(TaskContent(title: "B"), id: nil), .delete(absent)]), on: book)
        }
    }

    @Test func `names may only mean tasks that are created before`() throws {
        let create = TaskOperation.create(TaskContent(title: "A"), id: nil)
        for mode in TaskCommand.Mode.allCases {
            for (operations, isGood) in [
                ([create, .complete(.made(by: 0))], true), ([.complete(.made(by: 0)), create], false),
                ([create, .complete(.made(by: 1))], false), ([create, .complete(.made(by: -1))], false),
                ([create, .complete(.made(by: 0)), .delete(.made(by: 1))], false),
                ([create, .complete(.made(by: 7))], false),
            ] {
                let command = TaskCommand(operations, mode: mode)
                let isTaken = (try? CheckedCommand(command)) != nil
                #expect(isTaken == isGood, "\(operations)")
            }
        }
    }

    @Test func `a version is required of the task as the operation finds it`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        let command = TaskCommand([.complete(id), .reopen(id)], mode: .partial)
        let good = try decided(
            command,
            on: book,
            conditions: [0: TaskCondition(version: 1), 1: TaskCondition(version: 2)]
        )
        #expect(good.outcomes.allSatisfy { $0.refusal == nil })
        let bad = try decided(command, on: book, conditions: [1: TaskCondition(version: 1)])
        #expect(bad.outcomes.map { $0.refusal?.code } == [nil, "TASK_CHANGED"])
    }

    @Test func `an outcome that the caller does not want is refused, and nothing is kept of it`() throws {
        var book = try TestBook()
        let id = try book.create("A")
        var context = CommandContext(actor: book.book.owner, channel: .rest, idempotencyKey: "k")
        context.accepts = { $0.count == 2 }
        var draft = BookDraft(of: book.book)
        #expect(throws: (any Error).self) {
            try decide(&draft, CheckedCommand(.complete(id)), context: context, now: book.now) { id }
        }
        #expect(draft.head == 1 && draft.changes.isEmpty && draft.task(id)?.version == 1)
        context.accepts = { $0.count == 1 }
        #expect(
            try decide(&draft, CheckedCommand(.complete(id)), context: context, now: book.now) { id }.changes.count == 1
        )
    }
}
