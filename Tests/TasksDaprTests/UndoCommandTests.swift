import Dapr
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Taking commands back, through the store.
struct UndoCommandTests {
    private func rename(_ id: TaskID, _ title: String) -> TaskCommand {
        .patch(id, .setting(.title) { $0.title = title })
    }

    private func undo(
        _ result: CommandResult,
        by engine: Engine,
        isForced: Bool = false,
        key: String? = nil,
        isTrial: Bool = false,
        now: Timestamp = .epoch
    ) async throws(TaskError) -> CommandResult {
        var context = CommandContext(actor: engine.owner, channel: .rest, idempotencyKey: key)
        context.isTrial = isTrial
        guard let command = result.undoable else { throw .undoGone }
        return try await engine.service.undo(
            command,
            isForced: isForced,
            owner: engine.owner,
            context: context,
            now: now
        )
    }

    private func contents(_ engine: Engine) async throws -> [TaskID: TaskContent] {
        Dictionary(uniqueKeysWithValues: try await engine.list().map { ($0.id, $0.content) })
    }

    @Test func `a batch is taken back whole by another server, and that is taken back`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let kept = try #require(try await engine.create("kept").task)
        let gone = try #require(try await engine.create("gone").task)
        try await engine.perform(rename(gone.id, "gone, later"))
        let before = try await contents(engine)
        let batch = try await engine.perform(
            TaskCommand([
                .create(TaskContent(title: "new"), id: nil), .complete(.made(by: 0)), .complete(kept.id),
                .delete(gone.id), .create(TaskContent(title: "short"), id: nil), .delete(.made(by: 4)),
            ])
        )
        let after = try await contents(engine)
        let other = try Engine(sidecar)
        let undone = try await undo(batch, by: other)
        #expect(undone.outcomes.count == 3)
        #expect(try await contents(other) == before)
        let back = try #require(try await other.list().first { $0.id == gone.id })
        #expect(back.createdAt == gone.createdAt && back.version == 4)
        // Its history goes on from before its end.
        let history = try await other.service.history(
            of: gone.id,
            cursor: nil,
            limit: 200,
            owner: other.owner,
            trace: nil
        )
        #expect(history.changes.map(\.change.kind) == [.created, .deleted, .updated, .created])
        _ = try await undo(undone, by: engine)
        #expect(try await contents(engine) == after)
        #expect(try await PopulatedBook.audit(sidecar) == .sound(changes: 15, tasks: 2))
    }

    @Test func `a repeat of an undo has no effect and gets the first answer on any server`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        let renamed = try await engine.perform(rename(id, "B"))
        let first = try await undo(renamed, by: engine)
        try await engine.perform(rename(id, "C"))
        for engine in [engine, try Engine(sidecar)] {
            let again = try await undo(renamed, by: engine)
            #expect(again.replayed && again.outcomes.map(\.document) == first.outcomes.map(\.document))
            #expect(again.undoable == first.undoable)
            // Who forces it means the same undo.
            #expect(try await undo(renamed, by: engine, isForced: true).replayed)
        }
        #expect(try await contents(engine)[id]?.title == "C")
    }

    @Test func `commands that share a commit are undone one by one`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar { call in
            if call.kind == .transaction, call.number == 2 { await gate.pass() }
            return .none
        }
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        let leader = Task { try await engine.create("leader") }
        try await eventually { gate.count == 1 }
        let renaming = Task { try await engine.perform(rename(id, "B")) }
        let completing = Task { try await engine.perform(.complete(id)) }
        try await Task.sleep(for: .milliseconds(50))
        gate.open()
        _ = try await leader.value
        let (renamed, completed) = (try await renaming.value, try await completing.value)
        _ = try await undo(renamed, by: engine)
        let content = try await contents(engine)[id]
        #expect(content?.title == "A" && content?.status == .done)
        _ = try await undo(completed, by: Engine(sidecar))
        #expect(try await contents(engine)[id]?.status == .todo)
    }

    @Test func `what others did meanwhile is found before it is decided`() async throws {
        let sidecar = FakeSidecar()
        let (engine, other) = (try Engine(sidecar), try Engine(sidecar))
        let id = try #require(try await engine.create("A").task).id
        let renamed = try await engine.perform(rename(id, "B"))
        _ = try await other.perform(rename(id, "C"))
        do throws(TaskError) {
            _ = try await undo(renamed, by: engine)
            Issue.record("it was undone")
        } catch {
            guard case .undoConflict(let conflicts) = error else { throw error }
            #expect(conflicts.map(\.change.sequence) == [3] && conflicts[0].theirs == .text("C"))
        }
        // Another server renames it between the look and the commit.
        let second = try await engine.perform(rename(id, "D"))
        let hasRaced = Mutex(false)
        sidecar.setFault { call in
            guard call.kind == .transaction, call.keys.contains("log:u1:5") else { return .none }
            let isFirst = hasRaced.withLock { hasRaced in
                defer { hasRaced = true }
                return !hasRaced
            }
            guard isFirst else { return .none }
            _ = try? await other.perform(rename(id, "E"))
            return .none
        }
        await #expect(throws: TaskError.self) { try await undo(second, by: engine) }
        #expect(try await contents(engine)[id]?.title == "E")
    }

    @Test func `a trial writes nothing`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        let renamed = try await engine.perform(rename(id, "B"))
        sidecar.forgetCalls()
        let trial = try await undo(renamed, by: engine, isTrial: true)
        #expect(trial.outcomes.map { $0.task?.content.title } == ["A"])
        #expect(!sidecar.calls.contains { $0.kind == .transaction })
        #expect(try await contents(engine)[id]?.title == "B")
    }

    @Test func `what is older than 30 days, not there or another's is gone`() async throws {
        let sidecar = FakeSidecar()
        let now = Timestamp(clamping: 1_767_323_045_678)
        let engine = try Engine(sidecar, now: { now })
        let created = try await engine.create("A")
        let day: Int64 = 86_400_000
        await #expect(throws: TaskError.undoGone) {
            try await undo(created, by: engine, now: now.advanced(byMilliseconds: 30 * day))
        }
        let context = CommandContext(actor: engine.owner, channel: .rest)
        let command = try #require(created.undoable)
        for text in ["1-1-7", "7-1-\(command.check)", "1-2-\(command.check)"] {
            let wrong = try #require(PastCommand(text))
            await #expect(throws: TaskError.undoGone) {
                try await engine.service.undo(wrong, isForced: true, owner: engine.owner, context: context, now: now)
            }
        }
        _ = try await undo(created, by: engine, now: now.advanced(byMilliseconds: 30 * day - 1))
        #expect(try await engine.list().isEmpty)
    }

    @Test(arguments: [
        "", "1", "1-1", "0-1-1", "1-0-1", "1-101-1", "a-1-1", "1-1-4294967296", "9223372036854775807-2-1",
    ])
    func `what is no command's name is refused`(text: String) { #expect(PastCommand(text) == nil) }

    @Test func `an undo of a task that was changed much later reads on to the end`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = try #require(try await engine.create("A").task).id
        let deleted = try await engine.perform(.delete(id))
        for _ in 0..<12 {
            try await engine.perform(TaskCommand((0..<100).map { .create(TaskContent(title: "\($0)"), id: nil) }))
        }
        let other = try Engine(sidecar)
        _ = try await undo(deleted, by: other)
        #expect(try await other.list().contains { $0.id == id && $0.content.title == "A" })
    }
}
