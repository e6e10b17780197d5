import Dapr
import DaprJSON
import Tasks
import Testing

@testable import TasksDapr

/// What people see of the outbox, and do by hand.
struct OutboxCommandTests {
    private func redrive(_ sidecar: FakeSidecar) throws -> OutboxRedrive {
        OutboxRedrive(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            pubsub: "pubsub",
            topic: "tasks",
            owner: try #require(OwnerID("u1"))
        )
    }

    private func sequences(_ sidecar: FakeSidecar) -> [Int] {
        sidecar.published.compactMap { $0["sequence"]?.intValue }
    }

    @Test func `what a dead server left is shown, and published by hand in order`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        // It never publishes, as one that is killed after its commits.
        for number in 0..<5 { try await engine.create("\(number)") }
        let reader = OutboxReader(dapr: DaprClient(transport: sidecar), store: "statestore")
        let instances = try await reader.instances()
        #expect(instances.count == 1)
        let slot = try #require(instances.first?.slots.first)
        #expect((slot.content.owner.rawValue, slot.content.first, slot.published, slot.last) == ("u1", 1, 0, 5))

        // The broker does not take one at first: none after it goes out before it.
        sidecar.setFault { call in
            call.kind == .publish && call.number == 3 ? .refuseEvents(suffix: "/3") : .none
        }
        let outcome = try await redrive(sidecar).run(from: nil)
        #expect(outcome == OutboxRedrive.Outcome(first: 1, last: 5, isMarked: true))
        #expect(sequences(sidecar) == [1, 2, 3, 4, 5])
        #expect(sidecar.rows["pub:u1"].map { String(decoding: $0.value, as: UTF8.self) } == #"{"sequence":5,"v":1}"#)
        #expect(try await reader.instances().first?.slots.first?.published == 5)

        let again = try await redrive(sidecar).run(from: nil)
        #expect(again.last < again.first)
        #expect(try await redrive(sidecar).run(from: 4) == OutboxRedrive.Outcome(first: 4, last: 5, isMarked: true))
        #expect(sequences(sidecar).suffix(2) == [4, 5])
    }

    @Test func `changes that are made meanwhile are published too, and none is taken for lost`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<5 { try await engine.create("\(number)") }
        async let outcome = redrive(sidecar).run(from: 1)
        for number in 5..<40 { try await engine.create("\(number)") }
        let last = try await outcome.last
        #expect(last >= 5 && last <= 40)
        #expect(Array(sequences(sidecar).prefix(5)) == [1, 2, 3, 4, 5])
        #expect(try await redrive(sidecar).run(from: 1).last == 40)
    }

    @Test func `what is published by hand is what the relay publishes`() async throws {
        let sidecar = FakeSidecar()
        try await PopulatedBook.make(sidecar)
        let events = sidecar.published
        let last = sequences(sidecar).max() ?? 0
        let outcome = try await redrive(sidecar).run(from: 1)
        #expect(outcome == OutboxRedrive.Outcome(first: 1, last: last, isMarked: true))
        let byHand = Array(sidecar.published.dropFirst(events.count))
        #expect(byHand.map { $0["sequence"]?.intValue } == Array(1...last))
        for event in byHand { #expect(events.contains(event)) }
    }

    @Test func `a gap before the first change keeps the mark where it is`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<5 { try await engine.create("\(number)") }
        #expect(try await redrive(sidecar).run(from: 4) == OutboxRedrive.Outcome(first: 4, last: 5, isMarked: false))
        #expect(sidecar.rows["pub:u1"] == nil)
    }

    @Test func `a mark that is ahead of the journal is taken back, and what comes next is published`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<5 { try await engine.create("\(number)") }
        sidecar.put("pub:u1", #"{"sequence":7,"v":1}"#)
        let outcome = try await redrive(sidecar).run(from: nil)
        #expect(outcome.last == 5 && sidecar.published.isEmpty)
        #expect(sidecar.rows["pub:u1"].map { String(decoding: $0.value, as: UTF8.self) } == #"{"sequence":5,"v":1}"#)
        try await engine.create("next")
        #expect(try await redrive(sidecar).run(from: nil).last == 6)
        #expect(sequences(sidecar) == [6])
    }

    @Test func `a broker that is down, and a change that is gone, are told of`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for number in 0..<5 { try await engine.create("\(number)") }
        sidecar.setFault { call in call.kind == .publish ? .refuseEvents(suffix: "/3") : .none }
        await #expect { try await redrive(sidecar).run(from: nil) } throws: { error in
            guard case .notTaken(_, published: 2, cause: nil)? = error as? OutboxRedriveError else { return false }
            return true
        }
        sidecar.setFault { _ in .none }
        sidecar.remove("log:u1:1")
        sidecar.put(
            "head:u1",
            #"{"first":2,"keys":[],"numbering":0,"pages":[],"places":0,"published":0,"sequence":5,"time":"2026-01-02T03:04:05.678Z","v":1}"#
        )
        await #expect { try await redrive(sidecar).run(from: nil) } throws: { error in
            guard case .missing(_, sequence: 1, last: 5)? = error as? OutboxRedriveError else { return false }
            return true
        }
    }
}
