import DaprJSON
import Tasks
import Testing

@testable import TasksDapr

/// Commands that come again under their key.
struct IdempotencyTests {
    @Test func `a repeat gets the first answer byte for byte, whatever happened since`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let created = try await engine.create("first", key: "c")
        let id = try #require(created.task).id
        var patch = TaskPatch()
        patch.set(.title) { $0.title = "second" }
        patch.set(.tags) { $0.tags = ["x"] }
        let patched = try await engine.perform(.patch(id, patch), key: "p")
        let nothing = try await engine.perform(.reopen(id), key: "n")
        #expect(nothing.document == patched.document)
        try await engine.perform(.complete(id))
        for repeater in [engine, try Engine(sidecar)] {
            let again = try await repeater.perform(.patch(id, patch), key: "p")
            #expect(again.replayed)
            #expect(again.document == patched.document)
            #expect(try await repeater.create("first", key: "c").document == created.document)
            // What changed nothing is remembered too: now it would.
            #expect(try await repeater.perform(.reopen(id), key: "n").document == nothing.document)
            #expect(try await repeater.list().map(\.content.completed) == [true])
        }
        let deleted = try await engine.perform(.delete(id), key: "d")
        #expect(deleted.task == nil)
        let other = try Engine(sidecar)
        #expect(try await other.perform(.delete(id), key: "d").replayed)
        let revived = try await other.create("first", key: "c")
        #expect(revived.document == created.document)
        #expect(revived.created)
        #expect(try await other.list().isEmpty)
    }

    @Test func `a repeat is answered of the task that it made, not of another under the same identifier`() async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let id = TaskID(high: 0x0190_d5a0_0000_7000, low: 0x8000_0000_0000_0001)
        let created = try await engine.perform(.create(TaskContent(title: "first life"), id: id), key: "c1")
        var patch = TaskPatch()
        patch.set(.title) { $0.title = "changed" }
        let patched = try await engine.perform(.patch(id, patch), key: "p1")
        try await engine.perform(.delete(id), key: "d1")
        let second = try await engine.perform(.create(TaskContent(title: "second life"), id: id), key: "c2")
        let again = try await engine.perform(.patch(id, patch), key: "p2")
        #expect(second.task?.version == 4 && again.task?.version == 5)
        for repeater in [engine, try Engine(sidecar)] {
            let repeated = try await repeater.perform(.create(TaskContent(title: "first life"), id: id), key: "c1")
            #expect(repeated.replayed && repeated.document == created.document)
            #expect(try await repeater.perform(.patch(id, patch), key: "p1").document == patched.document)
            #expect(try await repeater.perform(.delete(id), key: "d1").replayed)
            #expect(try await repeater.perform(.patch(id, patch), key: "p2").document == again.document)
            #expect(try await repeater.list().map(\.version) == [5])
        }
        #expect(try sidecar.journal(of: "u1").count == 5)
    }

    @Test func `a key that comes with another request is refused`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let task = try #require(try await engine.create("first", key: "k").task)
        for repeater in [engine, try Engine(sidecar)] {
            await #expect(throws: TaskError.keyReused) { try await repeater.create("second", key: "k") }
            await #expect(throws: TaskError.keyReused) { try await repeater.perform(.delete(task.id), key: "k") }
        }
        #expect(try sidecar.journal(of: "u1").count == 1)
    }

    @Test func `repeats at once, on two engines, have one effect and one answer`() async throws {
        let sidecar = FakeSidecar()
        let engines = [try Engine(sidecar), try Engine(sidecar)]
        let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for index in 0..<20 {
                group.addTask { try await engines[index % 2].create("once", key: "k").document }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(answers.count == 1)
        #expect(try sidecar.journal(of: "u1").count == 1)
    }
}
