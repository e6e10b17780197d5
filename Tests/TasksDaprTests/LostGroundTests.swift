import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// Stores that have less than they had: gone back in time, or without their oldest commits.
struct LostGroundTests {
    @Test func `after a call that failed, nothing is acknowledged on top of commits that the store has lost`()
        async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<13 { try await engine.create("\(index)") }
        try sidecar.loseCommits(from: 11)
        // A failover breaks connections: the next call finds none.
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            guard call.kind == .transaction else { return .none }
            return isFirst.withLock { first in
                defer { first = false }
                return first ? .before(.connectionLost("reset")) : .none
            }
        }
        let result = try await engine.create("next")
        #expect(result.sequence == 11)
        #expect(try engine.metric("tasks_lost_commits_total") == 1)
        let titles = try await Engine(sidecar).list().map(\.content.title)
        #expect(titles == (0..<10).map { "\($0)" } + ["next"])
        #expect(try await sidecar.audit() == .sound(changes: 11, tasks: 11))
    }

    @Test(arguments: [true, false])
    func `a commit that the store took late, without those before it, is not acknowledged`(isCut: Bool) async throws {
        let sidecar = FakeSidecar()
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let engine = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        for index in 0..<13 { try await engine.create("\(index)") }
        let isFirst = Mutex(true)
        sidecar.setFault { call in
            let isFirstTransaction = isFirst.withLock { first in
                defer { first = first && call.kind != .transaction }
                return first && call.kind == .transaction
            }
            guard isFirstTransaction else { return .none }
            // Between the asking and the taking, a copy took over.
            try? sidecar.loseCommits(from: 11)
            passed.withLock { $0 += .milliseconds(isCut ? 10 : 2000) }
            return isCut ? .after(.connectionLost("reset")) : .none
        }
        let error = await #expect(throws: TaskError.self) { try await engine.create("on the hole") }
        #expect(error == .outcomeUnknown)
        #expect(try engine.metric("tasks_lost_commits_total") == 1)
        #expect(try await engine.create("next").sequence == 11)
        #expect(try await engine.list() == Engine(sidecar).list())
    }

    @Test func `after a silence the commit that a book stands on is looked for, and not on every write`() async throws {
        let sidecar = FakeSidecar()
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let engine = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        for index in 0..<13 { try await engine.create("\(index)") }
        sidecar.forgetCalls()
        try await engine.create("14")
        #expect(sidecar.calls.map(\.kind) == [.transaction])
        try sidecar.loseCommits(from: 11)
        passed.withLock { $0 += .seconds(3) }
        sidecar.forgetCalls()
        #expect(try await engine.create("next").sequence == 11)
        #expect(sidecar.calls.first == FakeSidecar.Call(kind: .get, keys: ["log:u1:14"], number: 1))
        #expect(try await sidecar.audit() == .sound(changes: 11, tasks: 11))
    }

    @Test(arguments: [true, false])
    func `a loss that nothing tells of is found when the lease is renewed, without a write`(
        isOmitted: Bool
    ) async throws {
        let sidecar = FakeSidecar()
        var configuration = JournalConfiguration.quick
        configuration.leaseTime = .seconds(3)
        let engine = try Engine(sidecar, configuration: configuration)
        // What a bulk read leaves out is asked for alone.
        if isOmitted { sidecar.setFault { $0.kind == .bulkGet ? .omit(Set($0.keys)) : .none } }
        try await engine.withRelay {
            for index in 0..<13 { try await engine.create("\(index)") }
            try sidecar.loseCommits(from: 11)
            try await eventually { try engine.metric("tasks_lost_commits_total") == 1 }
            // Once, and not again with each renewal; what goes on is on firm ground.
            #expect(try await engine.create("next").sequence == 11)
        }
        #expect(try engine.metric("tasks_lost_commits_total") == 1)
        #expect(try await Engine(sidecar).list() == engine.list())
    }

    @Test func `a commit that follows another one than the view stands on is not taken for the next`() async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        for index in 0..<13 { try await left.create("\(index)") }
        try sidecar.loseCommits(from: 11)
        // Another instance has never known them and goes on.
        for index in 0..<6 { try await right.create("after \(index)") }
        // The next list of the first sees a commit 14 that is not after its own 13.
        #expect(try await left.list() == right.list())
        #expect(try await left.create("next").sequence == 17)
        #expect(try await sidecar.audit() == .sound(changes: 17, tasks: 17))
    }

    @Test func `events of lost commits are let go of, and those that take their places are published`() async throws {
        let sidecar = FakeSidecar { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
        let engine = try Engine(sidecar)
        try await engine.withRelay {
            for index in 0..<13 { try await engine.create("\(index)") }
            try sidecar.loseCommits(from: 11)
            sidecar.put("pub:u1", #"{"sequence":0,"v":1}"#)
            let isFirst = Mutex(true)
            sidecar.setFault { call in
                if call.kind == .publish { return .before(.unreachable("refused")) }
                // Of the commit alone: the relay has transactions too.
                guard call.kind == .transaction, call.keys.contains(where: { $0.hasPrefix("log:") }) else {
                    return .none
                }
                return isFirst.withLock { first in
                    defer { first = false }
                    return first ? .before(.connectionLost("reset")) : .none
                }
            }
            try await engine.create("next")
            sidecar.setFault { _ in .none }
        }
        let told = sidecar.published.compactMap { $0["data"]?["title"]?.stringValue }
        #expect(told == (0..<10).map { "\($0)" } + ["next"])
    }

    @Test func `a warm view whose next commits were removed as too old is read again`() async throws {
        let sidecar = FakeSidecar()
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let warm = try Engine(sidecar, clock: { start + passed.withLock { $0 } })
        for index in 0..<10 { try await warm.create("\(index)") }
        let other = try Engine(sidecar)
        for index in 0..<54 { try await other.create("other \(index)") }
        try await eventually { sidecar.rows["head:u1"] != nil }
        // Behind the snapshot somebody, whose clock is wrong, removes them all.
        for sequence in 1...64 { sidecar.remove("log:u1:\(sequence)") }
        passed.withLock { $0 += .seconds(90) }
        #expect(try await warm.list().count == 64)
        #expect(try await warm.create("next").sequence == 65)
        #expect(try await Engine(sidecar).list().count == 65)
    }

    @Test func `what a server acknowledged on a hole is named by the audit`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<13 { try await engine.create("\(index)") }
        try sidecar.loseCommits(from: 11)
        // Nothing went wrong that could be seen, and no lease was renewed yet.
        try await engine.create("on the hole")
        guard case .different(let key, let reason) = try await sidecar.audit() else {
            Issue.record("the hole is not seen")
            return
        }
        #expect(key == "log:u1:14" && reason.hasPrefix("it is stranded"))
    }

    @Test func `a bulk read that leaves the journal out makes no book empty`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<70 { try await engine.create("\(index)") }
        try await eventually { sidecar.rows["head:u1"] != nil }
        sidecar.setFault { $0.kind == .bulkGet ? .omit(Set($0.keys)) : .none }
        let cold = try Engine(sidecar)
        #expect(try await cold.list().count == 70)
        #expect(try await cold.create("next").sequence == 71)
    }
}
