import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Faults, conflicts and groups.
struct CommitTests {
    @Test(arguments: [DaprTransportError.timedOut, .connectionLost("cut"), .answerTooLarge(limit: 1)])
    func `a commit whose answer was lost is found, and not written again`(error: DaprTransportError) async throws {
        let sidecar = FakeSidecar { $0.kind == .transaction && $0.number == 1 ? .after(error) : .none }
        let engine = try Engine(sidecar)
        let result = try await engine.create("once")
        #expect(result.sequence == 1)
        #expect(try sidecar.journal(of: "u1").count == 1)
        #expect(sidecar.calls.map(\.kind) == [.get, .get, .transaction, .get])
        #expect(try await engine.list().count == 1)
    }

    @Test func `a commit that was not received is sent again, the same`() async throws {
        let sidecar = FakeSidecar {
            $0.kind == .transaction && $0.number < 4
                ? .before($0.number == 1 ? .timedOut : .unreachable("refused")) : .none
        }
        #expect(try await Engine(sidecar).create("once").sequence == 1)
        #expect(try sidecar.journal(of: "u1").count == 1)
    }

    @Test func `a sidecar that is down answers soon that nothing was written`() async throws {
        let sidecar = FakeSidecar { _ in .before(.unreachable("refused")) }
        var configuration = JournalConfiguration.quick
        configuration.patience = .milliseconds(100)
        let engine = try Engine(sidecar, configuration: configuration)
        let unavailable = TaskError.storeUnavailable(retryAfter: .seconds(2))
        await #expect(throws: unavailable) { try await engine.create("x") }
        await #expect(throws: unavailable) { try await engine.list() }
        await #expect(throws: unavailable) {
            try await engine.service.document(TaskID(high: 1, low: 1), owner: engine.owner, trace: nil)
        }
        sidecar.setFault { _ in .none }
        #expect(try await engine.create("y").sequence == 1)
        sidecar.setFault { $0.kind == .transaction ? .before(.unreachable("refused")) : .none }
        await #expect(throws: unavailable) { try await engine.create("x") }
        #expect(try sidecar.journal(of: "u1").count == 1)
    }

    @Test(arguments: [true, false])
    func `an outcome that stays unknown is said to be, and the next command finds it out`(isWritten: Bool) async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("first")
        sidecar.setFault { call in
            switch call.kind {
            case .transaction: isWritten && call.number == 2 ? .after(.timedOut) : .before(.timedOut)
            default: .before(.unreachable("refused"))
            }
        }
        await #expect(throws: TaskError.outcomeUnknown) {
            try await engine.perform(
                .create(TaskContent(title: "second"), id: nil),
                key: "k",
                deadline: .now + .milliseconds(100)
            )
        }
        sidecar.setFault { _ in .none }
        let repeated = try await engine.create("second", key: "k")
        #expect(repeated.replayed == isWritten)
        #expect(repeated.sequence == 2)
        #expect(try await engine.list().map(\.content.title) == ["first", "second"])
    }

    @Test func `a store that refuses a commit for good is not asked twice`() async throws {
        let sidecar = FakeSidecar { $0.kind == .transaction ? .status(403) : .none }
        await #expect(throws: TaskError.storeUnavailable(retryAfter: .seconds(2))) {
            try await Engine(sidecar).create("x")
        }
        #expect(sidecar.calls.count { $0.kind == .transaction } == 1)
    }

    @Test func `a commit of another replica is applied and the command decided again`() async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        let task = try #require(try await left.create("A").task)
        _ = try await right.list()
        try await left.perform(.complete(task.id))
        var patch = TaskPatch()
        patch.set(.title) { $0.title = "B" }
        let patched = try await right.perform(.patch(task.id, patch))
        #expect(patched.task?.version == 3)
        #expect(patched.task?.content.completed == true)
        #expect(patched.sequence == 3)
        let stored = try await left.service.document(task.id, owner: left.owner, trace: nil)
        #expect(stored.bytes == patched.document)
        #expect(try await left.list() == (try await right.list()))
    }

    @Test func `an expected version is checked against what others wrote`() async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        let task = try #require(try await left.create("A").task)
        _ = try await right.list()
        let done = try #require(try await left.perform(.complete(task.id)).task)
        await #expect(throws: TaskError.versionMismatch(current: done)) {
            try await right.perform(.delete(task.id), expecting: 1)
        }
        // Unknown here, but not there.
        let other = try #require(try await left.create("B").task)
        #expect(try await right.perform(.complete(other.id), expecting: 1).task?.version == 2)
    }

    @Test func `long texts do not make a commit too long for a sidecar`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("A")
        sidecar.setFault { call in
            if call.kind == .transaction, call.number == 2 { await gate.pass() }
            return .none
        }
        let text = String(repeating: "<", count: 10_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<64 {
                group.addTask {
                    try await engine.perform(.create(TaskContent(title: "\(index)", description: text), id: nil))
                }
            }
            try await eventually { gate.count == 1 }
            try await Task.sleep(for: .milliseconds(50))
            gate.open()
            try await group.waitForAll()
        }
        let sizes = sidecar.rows.filter { $0.key.hasPrefix("log:") }.map(\.value.value.count)
        #expect(try #require(sizes.max()) < 2 << 20)
        #expect(try #require(sizes.max()) > 200_000)
        #expect(try await engine.list().count == 65)
    }

    @Test func `a view is as new as when its commit was first sent, not as when its writer learnt of it`() async throws
    {
        let sidecar = FakeSidecar()
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let engine = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        let other = try Engine(sidecar)
        try await engine.create("first")
        passed.withLock { $0 += .milliseconds(10) }
        let isAsked = Mutex(false)
        sidecar.setFault { call in
            if call.kind == .transaction, call.keys.contains("log:u1:2") { return .after(.connectionLost("cut")) }
            let isFirst = isAsked.withLock { isAsked in
                defer { isAsked = isAsked || call.kind == .get && call.keys[0] == "log:u1:2" }
                return call.kind == .get && call.keys[0] == "log:u1:2" && !isAsked
            }
            guard isFirst else { return .none }
            // While the writer asks what became of its commit another's is acknowledged.
            _ = try? await other.create("theirs")
            passed.withLock { $0 += .milliseconds(10) }
            return .none
        }
        try await engine.create("mine")
        let wasAsked = isAsked.withLock { $0 }
        #expect(wasAsked)
        // At the very moment at which the writer has its answer.
        #expect(try await engine.list().map(\.content.title) == ["first", "mine", "theirs"])
    }

    @Test func `a list that finds a commit before its writer has the answer counts it once`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.withRelay {
            try await engine.create("A")
            sidecar.setFault { $0.kind == .transaction && $0.number == 2 ? .held(gate) : .none }
            let writer = Task { try await engine.create("B") }
            try await eventually { gate.count == 1 }
            let items = try await engine.list()
            #expect(items.map(\.content.title) == ["A", "B"])
            try await Engine(sidecar).perform(.complete(items[1].id))
            #expect(try await engine.list().map(\.version) == [1, 2])
            gate.open()
            #expect(try await writer.value.sequence == 2)
            sidecar.forgetCalls()
            // The view did not go back: this is no conflict.
            #expect(try await engine.create("C").sequence == 4)
            #expect(sidecar.calls.count { $0.kind == .transaction } == 1)
        }
        #expect(sidecar.published.map { $0["sequence"]?.intValue } == [1, 2, 3, 4])
    }

    @Test func `a commit that everyone left is found out about and published all the same`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.withRelay {
            try await engine.create("A")
            sidecar.setFault { call in
                guard call.kind == .transaction, call.number == 2 else { return .none }
                await gate.pass()
                return .after(.cancelled)
            }
            let leader = Task { try await engine.create("left") }
            try await eventually { gate.count == 1 }
            leader.cancel()
            gate.open()
            await #expect(throws: TaskError.outcomeUnknown) { try await leader.value }
            try await eventually { sidecar.published.count == 2 }
        }
    }

    @Test func `a repeated key is answered with the first task, here, elsewhere and after a restart`() async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        _ = try await right.list()
        let first = try await left.create("A", key: "event-1")
        for engine in [left, right, try Engine(sidecar)] {
            let again = try await engine.create("A", key: "event-1")
            #expect(again.replayed)
            #expect(again.created)
            #expect(again.document == first.document)
            #expect(again.sequence == 1)
        }
        #expect(try await left.list().count == 1)
    }

    @Test func `a book of a newer format is refused`() async throws {
        let sidecar = FakeSidecar()
        sidecar.put("log:u1:1", #"{"v":4}"#)
        let engine = try Engine(sidecar)
        let newer = TaskError.newerFormat(key: "log:u1:1", found: 4, supported: 3)
        await #expect(throws: newer) { try await engine.create("x") }
        await #expect(throws: newer) { try await engine.list() }
        sidecar.put("log:u1:1", "[]")
        await #expect(throws: TaskError.unreadable(key: "log:u1:1", reason: "no commit record")) {
            try await engine.list()
        }
        #expect(sidecar.rows.keys.filter { $0 != "clock" } == ["log:u1:1"])
    }
}
