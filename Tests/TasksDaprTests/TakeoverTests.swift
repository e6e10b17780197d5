import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// Servers that stand still for longer than their lease and go on, and servers that are set up in other ways than each other.
struct TakeoverTests {
    /// A way to a sidecar on which calls can be made to wait, as those of a process that was stopped.
    private final class Stalling: DaprTransport {
        private let sidecar: FakeSidecar
        private let gate = Mutex<Gate?>(nil)

        init(_ sidecar: FakeSidecar) { self.sidecar = sidecar }

        /// Has every call wait from now on.
        func stall() { gate.withLock { $0 = Gate() } }

        func goOn() {
            gate.withLock { gate in
                defer { gate = nil }
                return gate
            }?.open()
        }

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            if let gate = gate.withLock(\.self) { await gate.pass() }
            return try await sidecar.send(request)
        }
    }

    private static func configuration(lease: Duration, call: Duration) -> JournalConfiguration {
        var configuration = JournalConfiguration.quick
        (configuration.leaseTime, configuration.callTimeout) = (lease, call)
        configuration.slotIdleTime = .milliseconds(20)
        return configuration
    }

    private static func slots(_ sidecar: FakeSidecar) -> [String] {
        sidecar.rows.filter { $0.key.hasPrefix("outbox:") && !OutboxSlot.isClosed($0.value.value) }.map(\.key)
    }

    private static func sequences(_ sidecar: FakeSidecar) -> [Int] {
        sidecar.published.compactMap { $0["sequence"]?.intValue }
    }

    @Test func `a server that goes on under a new name gives back no slot but its own old ones`() async throws {
        let sidecar = FakeSidecar()
        let wire = Stalling(sidecar)
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        let configuration = Self.configuration(lease: .milliseconds(200), call: .milliseconds(100))
        let revived = try Engine(wire, configuration: configuration, clock: { start + passed.withLock { $0 } })
        let relay = Task { await revived.service.run() }
        try await revived.create("before")
        try await eventually { Self.sequences(sidecar) == [1] }
        // It stands still with a slot that it is about to give back.
        wire.stall()
        let finder = try Engine(sidecar, configuration: configuration)
        try await finder.withRelay {
            try await eventually {
                sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances.count } == 1
            }
            passed.withLock { $0 = .seconds(60) }
            sidecar.setFault { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
            wire.goOn()
            try await revived.create("after")
            // Its release loop goes on as well, more than once.
            try await Task.sleep(for: .milliseconds(200))
            #expect(Self.slots(sidecar).count == 1)
            // It dies: what it wrote last is found.
            wire.stall()
            sidecar.setFault { _ in .none }
            try await eventually { Self.sequences(sidecar).contains(2) }
            try await eventually { Self.slots(sidecar).isEmpty }
        }
        relay.cancel()
        wire.goOn()
        await relay.value
    }

    @Test(arguments: [true, false])
    func `a server is taken for dead by what it says of itself and by what its heir is set to, whichever is longer`(
        isSlow: Bool
    ) async throws {
        let sidecar = FakeSidecar()
        let slow = Self.configuration(lease: .seconds(10), call: .seconds(5))
        let quick = Self.configuration(lease: .milliseconds(200), call: .milliseconds(100))
        let dead = try Engine(sidecar, configuration: isSlow ? slow : quick)
        try await dead.create("left")
        let key = try #require(sidecar.rows.keys.first { $0.hasPrefix("relay:") })
        let row = try #require(sidecar.rows[key])
        let lease = try #require(RelayLease(decoding: row.value))
        #expect(lease.takeoverMilliseconds == (isSlow ? 20_000 : 400))
        // Its clock passes only when the test says so; what it does by intervals goes on.
        let passed = Mutex(Duration.zero)
        let start = ContinuousClock.now
        var other = isSlow ? quick : slow
        // It looks often all the same.
        if !isSlow { (other.leaseTime, other.callTimeout) = (.milliseconds(400), .milliseconds(9_800)) }
        let heir = try Engine(sidecar, configuration: other, clock: { start + passed.withLock { $0 } })
        try await heir.withRelay {
            for time in [Duration.zero, .milliseconds(19_900)] {
                passed.withLock { $0 = time }
                // A few looks.
                try await Task.sleep(for: .milliseconds(700))
                #expect(try heir.metric("tasks_relay_takeovers_total") == 0)
                #expect(sidecar.published.isEmpty)
            }
            passed.withLock { $0 = .milliseconds(20_100) }
            try await eventually { Self.sequences(sidecar) == [1] }
            #expect(try heir.metric("tasks_relay_takeovers_total") == 1)
            // And once no call of the dead one can be on its way, all of it goes.
            try await eventually {
                passed.withLock { $0 += .seconds(1) }
                return sidecar.rows["relays"].map { InstanceList(decoding: $0.value).instances.count } == 1
            }
        }
    }

    @Test func `what is marked as published is not published again by who takes over, whatever a bulk read leaves out`()
        async throws
    {
        let sidecar = FakeSidecar()
        let configuration = Self.configuration(lease: .milliseconds(200), call: .milliseconds(100))
        let dead = try Engine(sidecar, configuration: configuration)
        for index in 0..<70 { try await dead.create("\(index)") }
        // The snapshot was written before anything was published, and so was the slot.
        try await eventually { sidecar.rows["head:u1"] != nil }
        sidecar.put("pub:u1", #"{"sequence":70,"v":1}"#)
        sidecar.setFault { $0.kind == .bulkGet ? .omit(Set($0.keys.filter { $0 == "pub:u1" })) : .none }
        let finder = try Engine(sidecar, configuration: configuration)
        try await finder.withRelay {
            try await eventually { try finder.metric("tasks_relay_takeovers_total") == 1 }
            try await eventually {
                sidecar.rows.allSatisfy { !$0.key.hasPrefix("outbox:") || OutboxSlot.isClosed($0.value.value) }
            }
        }
        #expect(sidecar.published.isEmpty)
    }
}
