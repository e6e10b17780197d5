import Dapr
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Partial commands, trials and merges, through the store.
struct BatchCommandTests {
    private func perform(
        _ command: TaskCommand,
        by engine: Engine,
        key: String? = nil,
        conditions: [Int: TaskCondition] = [:]
    ) async throws(TaskError) -> CommandResult {
        let context = CommandContext(
            actor: engine.owner,
            channel: .rest,
            conditions: conditions,
            idempotencyKey: key
        )
        return try await engine.service.perform(command, owner: engine.owner, context: context)
    }

    @Test func `a repeat of a partial command tells each refusal again on any server`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        try await engine.perform(.complete(id))
        var changed = TaskContent(title: "A")
        changed.tags = ["x"]
        let command = TaskCommand(
            [
                .create(TaskContent(title: " "), id: nil), .complete(.made(by: 0)), .delete(TaskID(high: 1, low: 1)),
                .patch(id, .setting(.priority) { $0.priority = .high }),
                .patch(id, .setting(.status) { $0.status = .todo }),
                .edit(.task(id), TaskEdits([.test(.member("title"), .string("no"))])),
                .patch(id, .setting(.tags) { $0.tags = ["z"] }), .create(TaskContent(title: "B"), id: id),
            ],
            mode: .partial
        )
        let conditions: [Int: TaskCondition] = [
            3: TaskCondition(version: 1), 4: TaskCondition(version: 1, otherwise: .merge),
            6: TaskCondition(version: 1, otherwise: .merge),
        ]
        let first = try await perform(command, by: engine, key: "k", conditions: conditions)
        #expect(
            first.outcomes.map { $0.refusal?.code } == [
                "INVALID_FIELDS", "REFERENCE_REFUSED", "TASK_NOT_FOUND", "TASK_CHANGED", nil, "TEST_FAILED", nil,
                "TASK_EXISTS",
            ]
        )
        #expect(first.outcomes[6].merged == [.status])
        try await engine.perform(.delete(id))
        for engine in [engine, try Engine(sidecar)] {
            let again = try await perform(command, by: engine, key: "k")
            #expect(again.replayed)
            #expect(again.outcomes.map(\.refusal) == first.outcomes.map(\.refusal))
            #expect(again.outcomes.map(\.document) == first.outcomes.map(\.document))
            #expect(again.outcomes.map(\.merged) == first.outcomes.map(\.merged))
            #expect(again.undoable == first.undoable)
        }
    }

    @Test func `a conflict of a merge comes back whole from the journal`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        try await engine.perform(.patch(id, .setting(.title) { $0.title = "B" }))
        let command = TaskCommand(
            [
                .patch(id, .setting(.title) { $0.title = "C" }),
                .patch(id, .setting(.description) { $0.description = "d" }),
            ],
            mode: .partial
        )
        let merging = TaskCondition(version: 1, otherwise: .merge)
        let first = try await perform(command, by: engine, key: "k", conditions: [0: merging, 1: merging])
        guard case .mergeConflict(let conflict)? = first.outcomes[0].refusal else {
            Issue.record("\(String(describing: first.outcomes[0].refusal))")
            return
        }
        #expect(conflict.base.title == "A" && conflict.yours.title == "C" && conflict.fields == [.title])
        let again = try await perform(command, by: Engine(sidecar), key: "k")
        #expect(again.outcomes.map(\.refusal) == first.outcomes.map(\.refusal))
    }

    @Test func `changes of one version that are made at once are all merged`() async throws {
        let sidecar = FakeSidecar()
        let engines = [try Engine(sidecar), try Engine(sidecar), try Engine(sidecar)]
        let id = try #require(try await engines[0].create("A").task).id
        let merging = [0: TaskCondition(version: 1, otherwise: .merge)]
        try await withThrowingTaskGroup { group in
            for number in 0..<18 {
                let engine = engines[number % 3]
                group.addTask {
                    let tagging = TaskPatch.setting(.tags) { $0.tags = ["\(number)"] }
                    _ = try await perform(.patch(id, tagging), by: engine, conditions: merging)
                }
            }
            try await group.waitForAll()
        }
        let tags = try #require(try await engines[0].list().first).content.tags
        #expect(Set(tags) == Set((0..<18).map { "\($0)" }))
    }

    @Test func `a merge costs no call where nothing was changed since`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        sidecar.forgetCalls()
        let merging = TaskCondition(version: 1, otherwise: .merge)
        _ = try await perform(.patch(id, .setting(.title) { $0.title = "B" }), by: engine, conditions: [0: merging])
        #expect(sidecar.calls.map(\.kind) == [.transaction])
        // A version that never was, and a task that never was.
        await #expect(throws: TaskError.self) {
            try await perform(
                .patch(id, .setting(.title) { $0.title = "C" }),
                by: engine,
                conditions: [0: TaskCondition(version: 9, otherwise: .merge)]
            )
        }
        let absent = TaskID(high: 1, low: 1)
        await #expect(throws: TaskError.notFound(absent)) {
            try await perform(.complete(absent), by: engine, conditions: [0: merging])
        }
    }

    @Test func `what does not fit into one commit is refused with what would`() async throws {
        let sidecar = FakeSidecar()
        var configuration = JournalConfiguration.quick
        configuration.commitTextBytes = 100_000
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.create("A")
        func creates(_ count: Int) -> TaskCommand {
            let text = String(repeating: "x", count: 5000)
            return TaskCommand((0..<count).map { .create(TaskContent(title: "\($0)", description: text), id: nil) })
        }
        do throws(TaskError) {
            _ = try await engine.perform(creates(20))
            Issue.record("it was taken")
        } catch {
            guard case .commandTooLong(let fitting, of: .bytes(_, limit: 100_000)) = error else { throw error }
            #expect((7..<20).contains(fitting))
            #expect(try await engine.perform(creates(fitting)).outcomes.count == fitting)
        }
    }

    @Test
    func `a store that takes fewer operations gets commits that fit, and a longer batch is refused with what would`()
        async throws
    {
        let gate = Gate()
        let sidecar = FakeSidecar { call in
            if call.kind == .transaction, call.number == 2 { await gate.pass() }
            return call.kind == .transaction ? .limit(operations: 12) : .none
        }
        let engine = try Engine(sidecar)
        try await engine.create("A")
        func creates(_ count: Int) -> TaskCommand {
            TaskCommand((0..<count).map { .create(TaskContent(title: "\($0)"), id: nil) })
        }
        let leader = Task { try await engine.create("leader") }
        try await eventually { gate.count == 1 }
        // Together they are too many.
        let waiting = (0..<4).map { _ in Task { try await engine.perform(creates(8)) } }
        try await Task.sleep(for: .milliseconds(50))
        gate.open()
        _ = try await leader.value
        for command in waiting { #expect(try await command.value.outcomes.count == 8) }
        do throws(TaskError) {
            _ = try await engine.perform(creates(30))
            Issue.record("it was taken")
        } catch {
            #expect(error == .commandTooLong(fitting: 10, of: .storeOperations(32, limit: 12)))
        }
        #expect(try await engine.perform(creates(10)).outcomes.count == 10)
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 44, tasks: 44))
    }
}
