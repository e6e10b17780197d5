import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestSupport
import TestTools
import Testing

@testable import TasksDapr

/// How soon and how often an event is published when several instances write an owner's changes, in a time of its own: what calls take is
/// given, so that a slow machine changes nothing.
struct PublishingDelayTests {
    /// What calls take, there and back, in milliseconds.
    struct Pace: Sendable {
        let state: ClosedRange<Int>
        let publish: ClosedRange<Int>
        /// How far apart an owner's commands are.
        let gap: Int
    }

    private final class Wire: DaprTransport {
        private let sidecar: FakeSidecar
        private let pace: Pace
        private let numbers: Mutex<SeededRandom>
        private let arrived: @Sendable (JSONValue) -> Void

        init(_ sidecar: FakeSidecar, _ pace: Pace, seed: UInt64, arrived: @escaping @Sendable (JSONValue) -> Void) {
            self.sidecar = sidecar
            self.pace = pace
            numbers = Mutex(SeededRandom(seed: seed))
            self.arrived = arrived
        }

        private func wait(_ time: ClosedRange<Int>) async {
            let half = numbers.withLock { Int.random(in: time, using: &$0) }
            try? await Task.sleep(for: .microseconds(half * 500))
        }

        func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
            let isPublish = request.path.contains("/publish/")
            await wait(isPublish ? pace.publish : pace.state)
            if isPublish {
                for entry in request.body.flatMap({ try? JSONValue(parsing: $0) })?.arrayValue ?? [] {
                    arrived(entry["event"] ?? .null)
                }
            }
            let response = try await sidecar.send(request)
            await wait(isPublish ? pace.publish : pace.state)
            return response
        }
    }

    private struct Figures {
        var delays: [Int] = []
        var published = 0
        var events = 0
        func percentile(_ share: Double) -> Int {
            delays.isEmpty ? -1 : delays.sorted()[min(delays.count - 1, Int(Double(delays.count) * share))]
        }
    }

    private struct Seen {
        var acknowledged: [String: Int] = [:]
        var first: [String: Int] = [:]
        var published = 0
    }

    private final class Sight: Sendable {
        private let state = Mutex(Seen())
        func withLock<Value: Sendable>(_ body: (inout Seen) -> Value) -> Value { state.withLock { body(&$0) } }
    }

    /// Ten seconds of four owners.
    private static func play(seed: UInt64, _ pace: Pace, isWarm: Bool, time: VirtualTime) async throws -> Figures {
        let owners = 4
        let seen = Sight()
        let sidecar = FakeSidecar()
        let now: @Sendable () -> Int = { Int(time.elapsed.wholeMilliseconds) }
        let engines = try (0..<3).map { index in
            let wire = Wire(sidecar, pace, seed: seed &* 7 &+ UInt64(index)) { event in
                let id = event["id"]?.stringValue ?? ""
                seen.withLock { seen in
                    seen.published += 1
                    if seen.first[id] == nil { seen.first[id] = now() }
                }
            }
            return try Engine(
                wire,
                configuration: .quick,
                now: { Timestamp(clamping: 1_772_000_000_000 + Int64(now())) },
                clock: { time.now }
            )
        }
        let relays = engines.map { engine in Task { await engine.service.run() } }
        // Each has to know that there are others, as after a while it does.
        if isWarm { try await Task.sleep(for: .seconds(10)) }
        let begin = now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<owners {
                group.addTask {
                    var numbers = SeededRandom(seed: seed &* 1000 &+ UInt64(number))
                    let owner = try #require(OwnerID("u\(number)"))
                    try await Task.sleep(for: .milliseconds(number * pace.gap / owners))
                    let end = begin + 10_000
                    try await withThrowingTaskGroup(of: Void.self) { calls in
                        while now() < end {
                            let engine = engines[Int.random(in: 0..<3, using: &numbers)]
                            let title = "\(now())"
                            calls.addTask {
                                let result = try await engine.service.perform(
                                    .create(TaskContent(title: title), id: nil),
                                    owner: owner,
                                    context: CommandContext(actor: owner, channel: .rest)
                                )
                                let id = "u\(number)/\(result.sequence)"
                                seen.withLock { $0.acknowledged[id] = now() }
                            }
                            try await Task.sleep(for: .milliseconds(pace.gap))
                        }
                        try await calls.waitForAll()
                    }
                }
            }
            try await group.waitForAll()
        }
        try await Task.sleep(for: .seconds(10))
        for relay in relays { relay.cancel() }
        for relay in relays { await relay.value }
        return seen.withLock { seen in
            var figures = Figures()
            figures.published = seen.published
            figures.events = seen.acknowledged.count
            for (id, at) in seen.acknowledged {
                guard let first = seen.first[id] else { continue }
                figures.delays.append(first - at)
            }
            return figures
        }
    }

    /// Calls as they are on a quiet machine, and on a busy one.
    private static let paces = [
        Pace(state: 2...6, publish: 5...15, gap: 209), Pace(state: 5...30, publish: 20...120, gap: 209),
    ]

    @Test(arguments: [UInt64(1), 2], [0, 1])
    func `where three instances write an owner's changes, each is published once and within half a second`(
        seed: UInt64,
        pace: Int
    ) async throws {
        let figures = try await VirtualTime.run(seed: seed) { time in
            try await PublishingDelayTests.play(seed: seed, PublishingDelayTests.paces[pace], isWarm: true, time: time)
        }
        #expect(figures.delays.count == figures.events && figures.events > 150)
        #expect(Double(figures.published) <= 1.05 * Double(figures.events))
        #expect(figures.percentile(0.99) <= 500)
    }

    @Test(arguments: [UInt64(1), 2])
    func `where none knows of the others yet, each is published once and within a second`(seed: UInt64) async throws {
        let figures = try await VirtualTime.run(seed: seed) { time in
            try await PublishingDelayTests.play(seed: seed, PublishingDelayTests.paces[0], isWarm: false, time: time)
        }
        #expect(figures.delays.count == figures.events && figures.events > 150)
        #expect(Double(figures.published) <= 1.05 * Double(figures.events))
        #expect(figures.percentile(0.99) <= 1000)
    }
}
