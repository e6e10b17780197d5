import Dapr
import DaprEventLoop
import Tasks
import Testing

@testable import TasksDapr

/// Writes of single documents that come together.
@Suite(.timeLimit(.minutes(1)))
struct WriteBatcherTests {
    /// Has documents written at once by callers on a loop: they have all asked before the first is answered.
    private func write(_ items: [StateItem], to sidecar: FakeSidecar) async throws -> [DaprError?] {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let batcher = WriteBatcher(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            executor: loop,
            watch: nil
        )
        let tasks = await withCheckedContinuation { continuation in
            loop.submit {
                continuation.resume(
                    returning: items.map { item in
                        Task.immediate(executorPreference: loop) { () -> DaprError? in
                            do throws(DaprError) {
                                try await batcher.save(item, trace: nil)
                                return nil
                            } catch {
                                return error
                            }
                        }
                    }
                )
            }
        }
        var outcomes: [DaprError?] = []
        for task in tasks { outcomes.append(await task.value) }
        return outcomes
    }

    private func new(_ key: StateKey) -> StateItem { StateItem(key, json: [0x31], concurrency: .firstWrite) }

    @Test func `writes that come together are one transaction, in the order of their keys`() async throws {
        let sidecar = FakeSidecar()
        let outcomes = try await write([new("b"), new("c"), new("a")], to: sidecar)
        #expect(outcomes.allSatisfy { $0 == nil })
        #expect(sidecar.calls == [.init(kind: .transaction, keys: ["a", "b", "c"], number: 1)])
    }

    @Test func `a write that comes alone is a call of its own`() async throws {
        let sidecar = FakeSidecar()
        #expect(try await write([new("a")], to: sidecar).allSatisfy { $0 == nil })
        #expect(sidecar.calls.map(\.kind) == [.save])
    }

    @Test func `a document that another wrote first costs the others nothing`() async throws {
        let sidecar = FakeSidecar()
        sidecar.put("b", "7")
        let outcomes = try await write([new("a"), new("b"), new("c")], to: sidecar)
        #expect(outcomes.map { $0?.anotherWroteFirst } == [nil, true, nil])
        #expect(sidecar.calls.map(\.kind) == [.transaction, .save, .save, .save])
        #expect(sidecar.rows["b"]?.value == Array("7".utf8))
        #expect(sidecar.rows["c"]?.value == Array("1".utf8))
    }

    @Test func `what nobody knows the outcome of is asked for by each, and not sent again`() async throws {
        let sidecar = FakeSidecar { call in
            call.kind == .transaction ? .after(.connectionLost("cut")) : .none
        }
        let outcomes = try await write([new("a"), new("b")], to: sidecar)
        #expect(outcomes.map { $0?.outcomeUnknown } == [true, true])
        #expect(sidecar.calls.map(\.kind) == [.transaction])
    }

    @Test func `as many as come are written, some in each transaction`() async throws {
        let sidecar = FakeSidecar()
        let outcomes = try await write((0..<70).map { new(StateKey("k\($0)")) }, to: sidecar)
        #expect(outcomes.allSatisfy { $0 == nil })
        #expect(sidecar.calls.map { $0.keys.count }.sorted() == [6, 32, 32])
    }
}
