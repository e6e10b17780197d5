import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// Commands of one owner that wait for each other.
struct CommandBatchTests {
    @Test func `commands that wait go into one commit, each answered for itself`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        let task = try #require(try await engine.create("A").task)
        sidecar.setFault { call in
            if call.kind == .transaction, call.number == 2 { await gate.pass() }
            return .none
        }
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { "\(try await engine.create("first").sequence)" }
            try await eventually { gate.count == 1 }
            for index in 0..<99 {
                group.addTask {
                    if index < 95 { return "\(try await engine.create("\(index)").sequence)" }
                    do throws(TaskError) {
                        return "\(try await engine.perform(.complete(task.id), expecting: 1).sequence)"
                    } catch {
                        guard case .versionMismatch(let current) = error else { throw error }
                        return "at \(current.version)"
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(50))
            gate.open()
            let answers = try await group.reduce(into: []) { $0.append($1) }
            // One of the four completes wins; the others see its task.
            #expect(answers.count { $0 == "at 2" } == 3)
            #expect(Set(answers.compactMap { Int($0) }) == Set(2...98))
        }
        let journal = try sidecar.journal(of: "u1")
        #expect(journal.map { $0["changes"]?.arrayValue?.count ?? 0 }.reduce(0, +) == 98)
        #expect(journal.count <= 5)
        #expect(journal.allSatisfy { $0["changes"]?.arrayValue?.count ?? 0 <= 64 })
    }

    @Test func `more commands than may wait are refused at once`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar { call in
            if call.kind == .transaction { await gate.pass() }
            return .none
        }
        var configuration = JournalConfiguration.quick
        configuration.waitingCommands = 3
        let engine = try Engine(sidecar, configuration: configuration)
        // A leader takes those that wait when it begins; so it begins alone.
        let leader = Task { try await engine.create("leader") }
        try await eventually { gate.count == 1 }
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<9 {
                group.addTask {
                    do throws(TaskError) {
                        try await engine.create("\(index)")
                        return true
                    } catch {
                        #expect(error == .tooManyWaiting(retryAfter: .seconds(1)))
                        return false
                    }
                }
            }
            for _ in 0..<6 { #expect(await group.next() == false) }
            gate.open()
            for _ in 0..<3 { #expect(await group.next() == true) }
        }
        _ = try await leader.value
    }

    @Test func `a leader that leaves hands its group on`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("A")
        sidecar.setFault { call in
            guard call.kind == .transaction, call.number == 2 else { return .none }
            await gate.pass()
            return .after(.cancelled)
        }
        let leader = Task { try await engine.create("leader") }
        try await eventually { gate.count == 1 }
        let followers = (0..<5).map { index in
            Task { try await engine.create("follower \(index)") }
        }
        let leaver = Task { try await engine.create("leaver") }
        try await Task.sleep(for: .milliseconds(30))
        leaver.cancel()
        await #expect(throws: TaskError.cancelled) { try await leaver.value }
        leader.cancel()
        gate.open()
        await #expect(throws: TaskError.outcomeUnknown) { try await leader.value }
        for follower in followers { _ = try await follower.value }
        let titles = try await engine.list().map(\.content.title).sorted()
        #expect(titles == ["A"] + (0..<5).map { "follower \($0)" } + ["leader"])
    }

    @Test func `a command whose deadline passes while it waits is answered so, and not written`() async throws {
        let gate = Gate()
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.create("A")
        sidecar.setFault { call in
            if call.kind == .transaction, call.number == 2 { await gate.pass() }
            return .none
        }
        let leader = Task { try await engine.create("leader") }
        try await eventually { gate.count == 1 }
        let late = Task {
            try await engine.perform(.create(TaskContent(title: "late"), id: nil), deadline: .now + .milliseconds(20))
        }
        try await Task.sleep(for: .milliseconds(60))
        gate.open()
        await #expect(throws: TaskError.deadlineExceeded) { try await late.value }
        _ = try await leader.value
        #expect(try await engine.list().map(\.content.title) == ["A", "leader"])
    }
}
