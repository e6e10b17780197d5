import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// What an instance leaves unpublished, and who publishes it.
struct OutboxTests {
    private var configuration: JournalConfiguration {
        var configuration = JournalConfiguration.quick
        configuration.callTimeout = .milliseconds(100)
        configuration.leaseTime = .milliseconds(200)
        configuration.slotIdleTime = .milliseconds(20)
        return configuration
    }

    private func sequences(_ sidecar: FakeSidecar) -> [Int] {
        sidecar.published.compactMap { $0["sequence"]?.intValue }
    }

    /// The slots that tell of something.
    private func slots(_ sidecar: FakeSidecar) -> [String] {
        sidecar.rows.filter { $0.key.hasPrefix("outbox:") && !OutboxSlot.isClosed($0.value.value) }.map(\.key)
    }

    @Test func `the first commit of a burst takes a slot, the next ones write nothing more`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        try await engine.withRelay {
            for index in 0..<600 { try await engine.create("\(index)") }
        }
        let commits = sidecar.calls.filter { call in
            // A snapshot writes the last commit over itself, and is no commit.
            call.kind == .transaction && call.keys.contains { $0.hasPrefix("log:") }
                && !call.keys.contains { $0.hasPrefix("head:") }
        }
        let withSlot = commits.filter { $0.keys.contains { $0.hasPrefix("outbox:") } }
        #expect(commits.count == 600)
        #expect(withSlot.first?.keys[0] == "log:u1:1")
        // And anew when it tells of 256 that are published, which on a busy machine come late.
        #expect((1...3).contains(withSlot.count))
    }

    @Test func `when all is published the slot is given back and the mark written`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.withRelay {
            for index in 0..<3 { try await engine.create("\(index)") }
            try await eventually { slots(sidecar).isEmpty }
            let mark = try #require(sidecar.rows["pub:u1"])
            #expect(PublishedMark(decoding: mark.value)?.sequence == 3)
            // Noted after the answer to the call that removed it.
            try await eventually { try engine.metric("tasks_outbox_owners") == 0 }
            try await engine.create("next")
        }
        // In order: nothing is left of the instance.
        #expect(slots(sidecar).isEmpty)
        #expect(sidecar.rows.allSatisfy { !$0.key.hasPrefix("relay:") || RelayLease.isEnded($0.value.value) })
        #expect(sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances } == [])
    }

    @Test func `what a dead instance left is published by another, without a write`() async throws {
        let sidecar = FakeSidecar()
        let dead = try Engine(sidecar, configuration: configuration)
        for index in 0..<5 { try await dead.create("\(index)") }
        #expect(slots(sidecar).count == 1)
        let finder = try Engine(sidecar, configuration: configuration)
        try await finder.withRelay {
            try await eventually { sequences(sidecar) == [1, 2, 3, 4, 5] }
            try await eventually { slots(sidecar).isEmpty }
            // Its lease goes a while after its last slot.
            try await eventually {
                sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances.count } == 1
            }
        }
        #expect(try finder.metric("tasks_relay_takeovers_total") == 1)
    }

    @Test func `an instance whose lease was taken goes on under a new name`() async throws {
        let sidecar = FakeSidecar()
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let stalled = try Engine(sidecar, configuration: configuration, clock: { start + passed.withLock { $0 } })
        try await stalled.create("before")
        let finder = try Engine(sidecar, configuration: configuration)
        try await finder.withRelay {
            try await eventually { sequences(sidecar) == [1] }
            try await eventually { slots(sidecar).isEmpty }
            // The stalled one wakes: its lease is not good any more, so it looks, and finds it taken.
            passed.withLock { $0 = .seconds(60) }
            try await stalled.create("after")
            #expect(slots(sidecar).count == 1)
            // And dies: what it wrote under its new name is found.
            try await eventually { sequences(sidecar).contains(2) }
        }
    }

    @Test func `a lease under a new name reaches its first slots, whatever numbers the lost one had used`()
        async throws
    {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar, configuration: configuration)
        func instances() -> [String] {
            sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances } ?? []
        }
        func lease(_ instance: String?) -> RelayLease? {
            instance.flatMap { sidecar.rows["relay:\($0)"] }.flatMap { RelayLease(decoding: $0.value) }
        }
        try await engine.withRelay {
            for index in 0..<3 {
                try await engine.create("\(index)")
                try await eventually { slots(sidecar).isEmpty }
            }
            let old = try #require(instances().first)
            var taken = try #require(lease(old))
            taken.takenBy = "another"
            sidecar.put("relay:\(old)", String(decoding: taken.encoded, as: UTF8.self))
            // It goes on under a new name, and for a while has nothing to write down.
            try await eventually { lease(instances().first { $0 != old }).map { $0.beat >= 3 } == true }
            sidecar.setFault { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
            try await engine.create("after")
            let slot = try #require(slots(sidecar).first).split(separator: ":")
            let number = try #require(Int(slot[2]))
            let held = try #require(lease(String(slot[1])))
            #expect((held.first..<held.slots).contains(number))
            sidecar.setFault { _ in .none }
        }
        #expect(sequences(sidecar).last == 4)
    }

    @Test func `a commit that was given up and came to be is published`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.withRelay {
            try await engine.create("first")
            sidecar.setFault { call in
                // The transaction has its effect and its answer is lost, and then nothing can be asked.
                if call.kind == .transaction, call.keys.contains("log:u1:2") { return .after(.timedOut) }
                return call.kind == .get && call.keys[0] == "log:u1:2" ? .before(.timedOut) : .none
            }
            await #expect(throws: TaskError.outcomeUnknown) {
                try await engine.perform(
                    .create(TaskContent(title: "second"), id: nil),
                    deadline: .now + .milliseconds(150)
                )
            }
            try await Task.sleep(for: .milliseconds(300))
            sidecar.setFault { _ in .none }
            try await eventually { sequences(sidecar).contains(2) }
            try await eventually { slots(sidecar).isEmpty }
        }
    }

    @Test func `a lease is written once each time`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<5 { try await engine.create("\(index)") }
        let key = try #require(sidecar.rows.keys.first { $0.hasPrefix("relay:") })
        #expect(sidecar.rows[key].flatMap { RelayLease(decoding: $0.value) }?.beat == 0)
    }

    @Test func `a slot that cannot be given back is given back later, and its number not used before`() async throws {
        let failures = Mutex(3)
        let sidecar = FakeSidecar(upkeepFails: true) { call in
            guard call.kind == .transaction, call.keys.contains("pub:u1") else { return .none }
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            return fails ? .after(.connectionLost("cut")) : .none
        }
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.withRelay {
            try await engine.create("first")
            try await eventually { failures.withLock { $0 < 3 } }
            // Another burst, while nobody knows whether the first slot is gone.
            try await engine.create("second")
            try await eventually { failures.withLock { $0 < 0 } }
            try await eventually { slots(sidecar).isEmpty }
            try await eventually { try engine.metric("tasks_outbox_owners") == 0 }
        }
        #expect(sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances } == [])
        #expect(sequences(sidecar).last == 2)
    }

    @Test func `a lease tells of a slot for as long as it is being given back`() async throws {
        let sidecar = FakeSidecar(upkeepFails: true)
        let engine = try Engine(sidecar, configuration: configuration)
        let told = Mutex<RelayLease?>(nil)
        sidecar.setFault { call in
            guard call.kind == .transaction, call.keys.contains("pub:u1") else { return .none }
            func lease() -> RelayLease? {
                sidecar.rows.first { $0.key.hasPrefix("relay:") }.flatMap { RelayLease(decoding: $0.value.value) }
            }
            // Without an effect until the lease was written twice.
            let beat = lease()?.beat ?? 0
            while let lease = lease(), lease.beat < beat + 2, !Task.isCancelled {
                // Cancelled with the test only.
                try? await Task.sleep(for: .milliseconds(5))
            }
            told.withLock { $0 = $0 ?? lease() }
            return .none
        }
        try await engine.withRelay {
            try await engine.create("first")
            try await eventually { told.withLock { $0 != nil } }
        }
        // Should the instance die now, who takes its lease must find the slot.
        #expect(told.withLock { $0?.first } == 0)
    }

    @Test func `a deletion of a slot that takes effect late deletes no other slot`() async throws {
        // The first try hangs in the sidecar, and has its effect when another owner is in the outbox.
        let late = Mutex<[String]>([])
        let sidecar = FakeSidecar(upkeepFails: true) { call in
            guard call.kind == .transaction, call.keys.contains("pub:u1") else { return .none }
            let isFirst = late.withLock { late in
                defer { if late.isEmpty { late = call.keys } }
                return late.isEmpty
            }
            return isFirst ? .before(.timedOut) : .none
        }
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.withRelay {
            try await engine.create("first")
            try await eventually { late.withLock { !$0.isEmpty } && slots(sidecar).isEmpty }
            sidecar.setFault { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
            let other = try #require(OwnerID("u2"))
            _ = try await engine.service.perform(
                .create(TaskContent(title: "x"), id: nil),
                owner: other,
                context: CommandContext(actor: other, channel: .rest)
            )
            let slot = try #require(slots(sidecar).first)
            for key in late.withLock({ $0 }) where key.hasPrefix("outbox:") { sidecar.remove(key) }
            #expect(slots(sidecar) == [slot])
            sidecar.setFault { _ in .none }
        }
    }

    @Test func `a transaction that the sidecar repeats by itself leaves its slot known`() async throws {
        // Its answer is that the record exists, which is its own.
        let sidecar = FakeSidecar()
        sidecar.setFault { call in
            if call.kind == .publish { return .before(.unreachable("refused")) }
            return call.kind == .transaction && call.keys.contains("log:u1:1") ? .repeated : .none
        }
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.create("first")
        let slot = try #require(slots(sidecar).first)
        let other = try #require(OwnerID("u2"))
        _ = try await engine.service.perform(
            .create(TaskContent(title: "x"), id: nil),
            owner: other,
            context: CommandContext(actor: other, channel: .rest)
        )
        #expect(slots(sidecar).contains(slot))
        #expect(slots(sidecar).count == 2)
        // The process dies, and what it left is found.
        sidecar.setFault { _ in .none }
        let finder = try Engine(sidecar, configuration: configuration)
        try await finder.withRelay { try await eventually { sidecar.published.count == 2 } }
    }

    @Test func `a bulk read that leaves leases out unlists nobody`() async throws {
        let sidecar = FakeSidecar(upkeepFails: true)
        let engines = [
            try Engine(sidecar, configuration: configuration), try Engine(sidecar, configuration: configuration),
        ]
        sidecar.setFault { call in
            call.kind == .bulkGet && call.keys.contains { $0.hasPrefix("relay:") } ? .omit(Set(call.keys)) : .none
        }
        let relays = engines.map { engine in Task { await engine.service.run() } }
        try await eventually { sidecar.calls.count { $0.kind == .bulkGet && $0.keys[0].hasPrefix("relay:") } > 6 }
        #expect(sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances.count } == 2)
        for relay in relays { relay.cancel() }
        for relay in relays { await relay.value }
    }

    @Test func `an instance that finds itself unlisted lists itself again`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar, configuration: configuration)
        try await engine.withRelay {
            try await eventually { sidecar.rows["relays"] != nil }
            sidecar.put("relays", #"{"instances":[],"v":1}"#)
            try await eventually {
                sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances.count } == 1
            }
        }
    }

    @Test func `once a lease was taken and closed, no late commit gets a slot under it`() async throws {
        let sidecar = FakeSidecar()
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let stopped = try Engine(sidecar, configuration: configuration, clock: { start + passed.withLock { $0 } })
        try await stopped.create("before")
        let finder = try Engine(sidecar, configuration: configuration)
        try await finder.withRelay {
            try await eventually { sidecar.rows.count { $0.key.hasPrefix("outbox:") } >= 64 }
            try await eventually {
                sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances.count } == 1
            }
            let closed = sidecar.rows.filter { $0.key.hasPrefix("outbox:") }
            #expect(closed.values.allSatisfy { OutboxSlot.isClosed($0.value) })
            // It was stopped between looking at its lease and sending, and goes on: its clock stood still.
            let other = try #require(OwnerID("u2"))
            _ = try await stopped.service.perform(
                .create(TaskContent(title: "x"), id: nil),
                owner: other,
                context: CommandContext(actor: other, channel: .rest)
            )
            // Under another name, where it is found when it dies now.
            try await eventually { sidecar.published.count == 2 }
        }
    }

    @Test func `every owner is listed before the first commit`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<40 {
            let owner = try #require(OwnerID("user \(index)"))
            let context = CommandContext(actor: owner, channel: .rest)
            _ = try await engine.service.perform(
                .create(TaskContent(title: "T"), id: nil),
                owner: owner,
                context: context
            )
        }
        let directory = OwnerDirectory(dapr: DaprClient(transport: sidecar), store: "statestore", watch: nil)
        var listed: Set<String> = []
        for shard in 0..<OwnerDirectory.shards {
            for owner in try await directory.owners(in: shard) { listed.insert(owner.rawValue) }
        }
        #expect(listed == Set((0..<40).map { "user \($0)" }))
    }
}
