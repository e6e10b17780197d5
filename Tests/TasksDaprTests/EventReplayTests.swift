import Dapr
import DaprJSON
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// Changes that are published once more, for who begins anew.
struct EventReplayTests {
    private func replay(_ sidecar: FakeSidecar, rate: Int = 10_000) throws -> EventReplay {
        EventReplay(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            pubsub: "pubsub",
            topic: "tasks-replay",
            owner: try #require(OwnerID("u1")),
            rate: rate
        )
    }

    private func sequences(_ events: some Sequence<JSONValue>) -> [Int] {
        events.compactMap { $0["sequence"]?.intValue }
    }

    @Test func `a replay is the same events in the same order, marked, and nothing else is touched`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let (live, keys) = (sidecar.published, sidecar.partitionKeys)
        let last = try #require(sequences(live).max())
        let rows = sidecar.rows.mapValues(\.value)
        sidecar.forgetCalls()
        var told: [Int] = []
        let end = try await replay(sidecar).run(from: 1, to: nil) { published, of in
            told.append(published)
            #expect(of == last)
        }
        #expect(end == last && told == Array(1...last))
        let replayed = Array(sidecar.published.dropFirst(live.count))
        #expect(sequences(replayed) == Array(1...last))
        for event in replayed {
            var object = try #require(event.objectValue)
            #expect(object["replay"] == true)
            object["replay"] = nil
            #expect(live.contains(.object(object)))
        }
        #expect(live.allSatisfy { $0["replay"] == nil })
        #expect(Set(sidecar.partitionKeys) == Set(keys))
        #expect(sidecar.rows.mapValues(\.value) == rows)
        #expect(sidecar.calls.allSatisfy { [.get, .bulkGet, .publish].contains($0.kind) })
        // Each by itself, since several have no order when some of them fail.
        #expect(sidecar.calls.filter { $0.kind == .publish }.allSatisfy { $0.keys.count == 1 })
    }

    @Test func `it begins and ends inside commits, and goes on where it says`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for _ in 0..<3 {
            try await engine.perform(TaskCommand((0..<5).map { .create(TaskContent(title: "\($0)"), id: nil) }))
        }
        #expect(try await replay(sidecar).run(from: 3, to: 12) == 12)
        #expect(sequences(sidecar.published) == Array(3...12))
        // Until the broker takes no more, for longer than it is asked.
        sidecar.setFault { call in call.kind == .publish ? .refuseEvents(suffix: "/9") : .none }
        let error = await #expect(throws: EventReplayError.self) { try await replay(sidecar).run(from: 6, to: 14) }
        guard case .notTaken(_, next: 9, cause: nil) = error else { throw try #require(error) }
        #expect("\(try #require(error))".hasSuffix("go on with --from 9"))
        sidecar.setFault { _ in .none }
        #expect(try await replay(sidecar).run(from: 9, to: 14) == 14)
        #expect(sequences(sidecar.published.dropFirst(10)) == Array(6...14))
    }

    @Test func `no more are published in a second than was asked for`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<41 { try await engine.create("\(number)") }
        let begin = ContinuousClock.now
        #expect(try await replay(sidecar, rate: 100).run(from: 1, to: nil) == 41)
        #expect(begin.duration(to: .now) >= .milliseconds(400))
    }

    @Test func `one that is cancelled stops between two events and tells the next`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<10 { try await engine.create("\(number)") }
        let replay = try replay(sidecar, rate: 1)
        let work = Task { try await replay.run(from: 4, to: nil) }
        try await eventually { sidecar.published.count == 1 }
        work.cancel()
        let error = await #expect(throws: EventReplayError.self) { try await work.value }
        guard case .stopped(_, next: 5) = error else { throw try #require(error) }
        #expect(sequences(sidecar.published) == [4])
    }

    @Test func `what is not there is told, with what is`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<5 { try await engine.create("\(number)") }
        for (first, last) in [(1, 6), (6, nil), (6, 6), (4, 3)] as [(Int, Int?)] {
            let error = await #expect(throws: EventReplayError.self) {
                try await replay(sidecar).run(from: first, to: last)
            }
            guard case .outside(_, first: first, last: last ?? 5, end: 5) = error else { throw try #require(error) }
        }
        sidecar.remove("log:u1:2")
        sidecar.put(
            "head:u1",
            #"{"first":3,"keys":[],"numbering":0,"pages":[],"places":0,"published":0,"sequence":5,"time":"2026-01-02T03:04:05.678Z","v":1}"#
        )
        let error = await #expect(throws: EventReplayError.self) { try await replay(sidecar).run(from: 2, to: nil) }
        guard case .missing(_, sequence: 2) = error else { throw try #require(error) }
        sidecar.setFault { call in call.kind == .publish ? .none : .status(500) }
        let failed = await #expect(throws: EventReplayError.self) { try await replay(sidecar).run(from: 3, to: nil) }
        guard case .journal(_, next: 3) = failed else { throw try #require(failed) }
        #expect(sidecar.published.isEmpty)
    }
}
