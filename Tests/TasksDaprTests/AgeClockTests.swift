import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// The time by which ages are told, on machines whose clocks are wrong.
struct AgeClockTests {
    private final class Machine: Sendable {
        let wall: Mutex<Int64>
        let passed = Mutex(Duration.zero)
        private let start = ContinuousClock.now

        init(_ days: Int64) { wall = Mutex(1_767_323_045_678 + days * 86_400_000) }

        func clock(_ sidecar: FakeSidecar) -> AgeClock {
            AgeClock(
                documents: VersionedDocuments(dapr: DaprClient(transport: sidecar), store: "statestore", watch: nil),
                wall: { Timestamp(clamping: self.wall.withLock { $0 }) },
                clock: { self.start + self.passed.withLock { $0 } }
            )
        }

        /// Lets time pass, on both of its clocks.
        func pass(_ seconds: Int64) {
            wall.withLock { $0 += seconds * 1000 }
            passed.withLock { $0 += .seconds(seconds) }
        }
    }

    @Test func `a machine whose clock is a month ahead brings it forward no faster than twice`() async throws {
        let sidecar = FakeSidecar()
        let (right, wrong) = (Machine(0), Machine(0))
        let (first, second) = (right.clock(sidecar), wrong.clock(sidecar))
        #expect(first.now == nil)
        try await first.keep()
        try await second.keep()
        let begin = try #require(first.now)
        wrong.wall.withLock { $0 += 31 * 86_400_000 }
        for _ in 0..<60 {
            right.pass(60)
            wrong.pass(60)
            try await second.keep()
            try await first.keep()
        }
        let passed = try #require(first.now).milliseconds - begin.milliseconds
        #expect((3_600_000...7_300_000).contains(passed))
        #expect(try #require(second.now).milliseconds - begin.milliseconds < 7_300_000)
    }

    @Test func `a leap of both clocks of a machine counts as a minute`() async throws {
        let sidecar = FakeSidecar()
        let machine = Machine(0)
        let clock = machine.clock(sidecar)
        try await clock.keep()
        let begin = try #require(clock.now)
        machine.pass(31 * 86_400)
        #expect(try #require(clock.now).milliseconds - begin.milliseconds <= 60_000)
        try await clock.keep()
        #expect(try #require(clock.now).milliseconds - begin.milliseconds <= 60_000)
    }

    @Test func `a clock that goes back takes nobody's time back`() async throws {
        let sidecar = FakeSidecar()
        let machine = Machine(0)
        let clock = machine.clock(sidecar)
        try await clock.keep()
        let begin = try #require(clock.now)
        machine.wall.withLock { $0 -= 31 * 86_400_000 }
        machine.pass(3600)
        try await clock.keep()
        #expect(clock.now == begin)
    }

    @Test func `a server goes on with the time it knew when the store has lost it`() async throws {
        let sidecar = FakeSidecar()
        let machine = Machine(0)
        let clock = machine.clock(sidecar)
        try await clock.keep()
        let begin = try #require(clock.now)
        sidecar.remove(AgeClock.key.rawValue)
        machine.pass(31 * 86_400)
        try await clock.keep()
        let other = machine.clock(sidecar)
        try await other.keep()
        #expect(try #require(other.now).milliseconds - begin.milliseconds <= 120_000)
    }

    @Test func `after a week in which no server ran it catches up, and until then things are kept longer`() async throws
    {
        let sidecar = FakeSidecar()
        try await Machine(0).clock(sidecar).keep()
        let later = Machine(7)
        let clock = later.clock(sidecar)
        try await clock.keep()
        let begin = try #require(clock.now)
        for _ in 0..<8 * 2880 {
            later.pass(30)
            try await clock.keep()
        }
        let now = try #require(clock.now)
        #expect(now.milliseconds == later.wall.withLock { $0 })
        #expect(now.milliseconds - begin.milliseconds == 15 * 86_400_000)
    }

    @Test func `a key is remembered though another server's clock is a month ahead`() async throws {
        let sidecar = FakeSidecar()
        let wall = Mutex<Int64>(1_767_323_045_678)
        let now: @Sendable () -> Timestamp = { Timestamp(clamping: wall.withLock { $0 }) }
        let (right, wrong) = (
            try Engine(sidecar, now: now),
            try Engine(sidecar, now: { now().advanced(byMilliseconds: 31 * 86_400_000) })
        )
        try await right.withRelay {
            try await eventually { sidecar.rows["clock"] != nil }
            let first = try await right.create("once", key: "k")
            try await wrong.withRelay { try await wrong.create("from the future", key: "other") }
            let again = try await right.create("once", key: "k")
            #expect(again.replayed)
            #expect(again.document == first.document)
            #expect(try await Engine(sidecar, now: now).create("once", key: "k").replayed)
        }
    }
}
