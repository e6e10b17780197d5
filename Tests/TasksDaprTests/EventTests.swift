import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// What subscribers are told.
struct EventTests {
    /// The sequences of one owner's events, in the order the broker took them.
    private func sequences(_ sidecar: FakeSidecar, of owner: String = "u1") -> [Int] {
        sidecar.published.filter { $0["owner"] == .string(owner) }.compactMap { $0["sequence"]?.intValue }
    }

    /// What a consumer keeps that ignores repeats; nil when it would see a jump.
    private func heard(_ sequences: [Int]) -> Int? {
        var last = 0
        for sequence in sequences where sequence > last {
            guard sequence == last + 1 else { return nil }
            last = sequence
        }
        return last
    }

    @Test func `each change is one CloudEvent with the task and what changed`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar, owner: "a/b")
        let task = try await engine.withRelay {
            let task = try #require(try await engine.create("A<b>").task)
            try await engine.perform(.complete(task.id))
            try await engine.perform(.reopen(task.id))
            var patch = TaskPatch()
            patch.set(.title) { $0.title = "B" }
            patch.set(.dueDate) { $0.dueDate = .time(.epoch) }
            try await engine.perform(.patch(task.id, patch))
            try await engine.perform(.delete(task.id))
            return task
        }
        let events = sidecar.published
        #expect(events.map { $0["id"]?.stringValue } == (1...5).map { "a%2Fb/\($0)" })
        #expect(
            events.map { $0["type"]?.stringValue } == [
                "task.created", "task.completed", "task.reopened", "task.updated", "task.deleted",
            ]
        )
        #expect(Set(sidecar.partitionKeys) == ["a%2Fb"])
        for event in events {
            #expect(event["source"] == "/tasks")
            #expect(event["specversion"] == "1.0")
            #expect(event["subject"] == .string(task.id.rawValue))
            #expect(event["owner"] == "a/b")
            #expect(event["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            #expect(event["time"] == event["data"]?["updated_at"])
            #expect(event["data"]?["version"] == event["sequence"])
        }
        #expect(events[0]["data"]?["title"] == "A<b>")
        #expect(events[1]["data"]?["changes"] == ["status": ["after": "done", "before": "todo"]])
        #expect(events[1]["data"]?["completed"] == true)
        #expect(
            events[3]["data"]?["changes"] == [
                "due_date": ["after": "1970-01-01T00:00:00.000Z", "before": .null],
                "title": ["after": "B", "before": "A<b>"],
            ]
        )
        #expect(events[4]["data"]?["title"] == "B")
        #expect(events[4]["data"]?["changes"]?["title"] == ["after": .null, "before": "B"])
    }

    @Test func `events of a process that runs are never read from the journal`() async throws {
        let sidecar = FakeSidecar { call in
            if call.number.isMultiple(of: 3) { await Task.yield() }
            return .none
        }
        let engine = try Engine(sidecar)
        try await engine.withRelay { for index in 0..<300 { try await engine.create("\(index)") } }
        #expect(sequences(sidecar) == Array(1...300))
        #expect(!sidecar.calls.contains { $0.kind == .bulkGet && $0.keys[0].hasPrefix("log:") && $0.keys.count > 1 })
    }

    @Test func `writes go on while the broker is down, and everything is published in order when it is back`()
        async throws
    {
        let sidecar = FakeSidecar { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
        let engine = try Engine(sidecar)
        try await engine.withRelay {
            for index in 0..<30 { try await engine.create("\(index)") }
            #expect(sidecar.published.isEmpty)
            sidecar.setFault { _ in .none }
        }
        #expect(sequences(sidecar) == Array(1...30))
    }

    @Test func `an event that is refused holds back its owner's later ones, and nobody else's`() async throws {
        let sidecar = FakeSidecar { $0.kind == .publish ? .refuseEvents(suffix: "u1/3") : .none }
        let engine = try Engine(sidecar)
        let other = try #require(OwnerID("u2"))
        try await engine.withRelay {
            for index in 0..<6 {
                try await engine.create("\(index)")
                _ = try await engine.service.perform(
                    .create(TaskContent(title: "x"), id: nil),
                    owner: other,
                    context: CommandContext(actor: other, channel: .rest)
                )
            }
            try await eventually { Set(sequences(sidecar, of: "u2")) == Set(1...6) }
            #expect(!sequences(sidecar).contains(3))
            sidecar.setFault { _ in .none }
        }
        #expect(heard(sequences(sidecar).filter { $0 <= 2 }) == 2)
        #expect(Set(sequences(sidecar)) == Set(1...6))
        let third = try #require(sequences(sidecar).firstIndex(of: 3))
        #expect(sequences(sidecar)[third...].starts(with: [3, 4, 5, 6]))
    }

    @Test func `answers of the broker that are lost lead to repeats, not to gaps`() async throws {
        let sidecar = FakeSidecar { $0.kind == .publish && $0.number % 3 == 1 ? .after(.timedOut) : .none }
        let engine = try Engine(sidecar)
        try await engine.withRelay { for index in 0..<20 { try await engine.create("\(index)") } }
        #expect(heard(sequences(sidecar)) == 20)
    }

    @Test func `what does not fit in memory is read from the journal again`() async throws {
        let sidecar = FakeSidecar { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
        var configuration = JournalConfiguration.quick
        configuration.backlogBytes = 5000
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.withRelay {
            let task = try #require(try await engine.create("A").task)
            for index in 0..<300 {
                var patch = TaskPatch()
                patch.set(.title) { $0.title = "\(index)" }
                try await engine.perform(.patch(task.id, patch))
            }
            #expect(try engine.metric("tasks_relay_waiting_events") < 20)
            sidecar.setFault { _ in .none }
        }
        #expect(heard(sequences(sidecar)) == 301)
        #expect(sidecar.published.last?["data"]?["title"] == "299")
        #expect(
            sidecar.published[150]["data"]?["title"]?.stringValue
                == sidecar.published[150]["sequence"]?.intValue.map { "\($0 - 2)" }
        )
    }

    @Test func `what a process that died had not published goes out before the owner's next change`() async throws {
        let sidecar = FakeSidecar()
        let dead = try Engine(sidecar)
        for index in 0..<5 { try await dead.create("\(index)") }
        let engine = try Engine(sidecar)
        try await engine.withRelay { try await engine.create("next") }
        #expect(sequences(sidecar) == Array(1...6))
        // Known to be published now, so not told of again.
        try await engine.create("seventh")
        let third = try Engine(sidecar)
        try await third.withRelay { try await third.create("eighth") }
        #expect(sequences(sidecar) == Array(1...6) + [7, 8])
    }

    @Test func `two engines that write in turn never tell of a later change first`() async throws {
        let sidecar = FakeSidecar()
        let (left, right) = (try Engine(sidecar), try Engine(sidecar))
        try await left.withRelay {
            try await right.withRelay {
                for index in 0..<40 { try await (index.isMultiple(of: 2) ? left : right).create("\(index)") }
            }
        }
        #expect(heard(sequences(sidecar)) == 40)
        // Each loaded its book once; what the other wrote was at hand.
        #expect(sidecar.calls.count { $0.keys.first == "head:u1" } == 2)
    }

    @Test func `a call has one event of each owner, and the next one waits for its outcome`() throws {
        var backlog = EventBacklog(limit: 1 << 20)
        let owners = try ["a", "b"].map { try #require(OwnerID($0)) }
        for owner in owners { backlog.add(events(owner, 1...3), of: owner, after: 0, through: 3) }
        let batch = next(&backlog) ?? []
        #expect(batch.map(\.owner) == owners)
        #expect(batch.map(\.change.sequence) == [1, 1])
        // Both are being published: nothing is to be done meanwhile, nor when more comes.
        backlog.add(events(owners[0], 4...4), of: owners[0], after: 3, through: 4)
        let nothing = next(&backlog)
        #expect(nothing == nil)
        let (published, held) = backlog.finish(batch, failed: [1])
        #expect(published.map(\.owner) == [owners[0]])
        #expect(held.map(\.owner) == [owners[1]])
        #expect(held.map(\.failures) == [1])
        for sequence in 2...4 {
            let single = next(&backlog) ?? []
            #expect(single.map(\.change.sequence) == [sequence])
            _ = backlog.finish(single, failed: [])
        }
        backlog.resume(owners[1])
        for sequence in 1...3 {
            let single = next(&backlog) ?? []
            #expect(single.map(\.change.sequence) == [sequence])
            _ = backlog.finish(single, failed: [])
        }
        #expect(backlog.isEmpty)
        #expect(backlog.count == 0)
    }

    @Test func `of what is read from the journal only what was added is published, whoever made the rest`() throws {
        var backlog = EventBacklog(limit: 0)
        let owner = try #require(OwnerID("a"))
        backlog.add(events(owner, 1...3), of: owner, after: 0, through: 3)
        let first = next(&backlog) ?? []
        #expect(first.map(\.change.sequence) == [1])
        _ = backlog.finish(first, failed: [])
        guard case .refill(owner, 2...3)? = backlog.next(limit: 8) else {
            Issue.record("it keeps more than it may")
            return
        }
        // Another instance has committed meanwhile.
        let isThere = backlog.refill(owner, events(owner, 2...5))
        #expect(isThere)
        backlog.resume(owner)
        for sequence in 2...3 {
            let single = next(&backlog) ?? []
            #expect(single.map(\.change.sequence) == [sequence])
            _ = backlog.finish(single, failed: [])
        }
        #expect(backlog.isEmpty)
    }

    @Test func `an owner that is forgotten while its event is on its way begins anew`() throws {
        var backlog = EventBacklog(limit: 1 << 20)
        let owner = try #require(OwnerID("a"))
        backlog.add(events(owner, 1...9), of: owner, after: 0, through: 9)
        let lost = next(&backlog) ?? []
        backlog.forget(owner)
        #expect(backlog.count == 0)
        // The store has others now, from 1 on.
        backlog.add(events(owner, 1...2), of: owner, after: 0, through: 2)
        let nothing = next(&backlog)
        #expect(nothing == nil)
        let (published, _) = backlog.finish(lost, failed: [])
        #expect(published.isEmpty)
        for sequence in 1...2 {
            let single = next(&backlog) ?? []
            #expect(single.map(\.change.sequence) == [sequence])
            _ = backlog.finish(single, failed: [])
        }
        #expect(backlog.isEmpty)
    }

    @Test func `a call takes no more events than it may`() throws {
        var backlog = EventBacklog(limit: 1 << 20)
        for name in 0..<9 {
            let owner = try #require(OwnerID("u\(name)"))
            backlog.add(events(owner, 1...1), of: owner, after: 0, through: 1)
        }
        guard case .publish(let batch)? = backlog.next(limit: 4) else {
            Issue.record("there is nothing to publish")
            return
        }
        #expect(batch.count == 4)
    }

    private func events(_ owner: OwnerID, _ sequences: ClosedRange<Int>) -> [TaskEvent] {
        sequences.map { sequence in
            let change = TaskChange(
                sequence: sequence,
                commit: sequence,
                previous: 0,
                time: .epoch,
                kind: .created,
                taskID: TaskID(high: 0, low: UInt64(sequence)),
                version: 1,
                before: TaskPatch(),
                after: TaskPatch(of: TaskContent(title: "T")),
                actor: owner,
                channel: .rest
            )
            let task = TaskItem(
                id: change.taskID,
                userID: owner,
                content: TaskContent(title: "T"),
                createdAt: .epoch,
                updatedAt: .epoch,
                version: 1
            )
            return TaskEvent(owner: owner, change: change, task: task)
        }
    }

    /// The next events to publish, when that is what is to be done next.
    private func next(_ backlog: inout EventBacklog) -> [TaskEvent]? {
        guard case .publish(let batch)? = backlog.next(limit: 100) else { return nil }
        return batch
    }
}
