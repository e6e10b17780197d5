import Dapr
import DaprJSON
import Tasks
import Testing

@testable import TasksDapr

/// Changes that were committed and never heard of.
struct PublicationAuditTests {
    private static func audit(_ sidecar: FakeSidecar, of owner: String = "u1") async throws -> [ClosedRange<Int>] {
        try await PublicationAudit(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: #require(OwnerID(owner)),
            sleep: { _ in }
        ).run()
    }

    private static func change(_ sequence: Int) -> ActivityChange {
        ActivityChange(
            sequence: sequence,
            time: .epoch,
            kind: .created,
            taskID: TaskID(high: 0, low: 1),
            title: "T"
        )
    }

    /// What the activity of `u1` says when it counted changes, some of them without an event.
    private static func put(_ sequences: ClosedRange<Int>, without unheard: Set<Int> = [], _ sidecar: FakeSidecar) {
        var activity = Activity()
        for sequence in sequences {
            if unheard.contains(sequence) { activity.fill(change(sequence)) } else { activity.note(change(sequence)) }
        }
        sidecar.put("activity:u1", String(decoding: ActivityDocument(activity).bytes, as: UTF8.self))
    }

    private static func book(_ changes: Int) async throws -> FakeSidecar {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<changes { try await engine.create("\(index)") }
        await engine.service.journal.snapshots.drain()
        sidecar.put("pub:u1", #"{"sequence":\#(changes),"v":1}"#)
        return sidecar
    }

    @Test func `changes that nobody heard of are found, whatever marks say`() async throws {
        let sidecar = try await Self.book(5)
        #expect(try await Self.audit(sidecar) == [1...5])
        Self.put(1...3, sidecar)
        #expect(try await Self.audit(sidecar) == [4...5])
        Self.put(1...5, sidecar)
        #expect(try await Self.audit(sidecar).isEmpty)
        #expect(try await Self.audit(sidecar, of: "nobody").isEmpty)
    }

    @Test func `what the activity read from the journal is no proof that it was published`() async throws {
        let sidecar = try await Self.book(10)
        Self.put(1...10, without: Set(1...7), sidecar)
        #expect(try await Self.audit(sidecar) == [1...7])
        Self.put(1...8, without: [2, 3, 5], sidecar)
        #expect(try await Self.audit(sidecar) == [2...3, 5...5, 9...10])
    }

    @Test func `of what a server of before counted nothing is known, nor where the document cannot be read`()
        async throws
    {
        let sidecar = try await Self.book(5)
        Self.put(1...4, sidecar)
        let text = String(decoding: try #require(sidecar.rows["activity:u1"]).value, as: UTF8.self)
        sidecar.put("activity:u1", text.replacing(#""unheard":[],"#, with: ""))
        #expect(try await Self.audit(sidecar) == [1...4, 5...5])
        sidecar.put("activity:u1", "7")
        #expect(try await Self.audit(sidecar) == [1...5])
        sidecar.put("activity:u1", #"{"v":2}"#)
        await #expect(throws: JournalFailure.self) { try await Self.audit(sidecar) }
    }

    @Test func `what is removed as too old is not asked for any more`() async throws {
        let sidecar = try await Self.book(70)
        Self.put(1...70, without: Set(10...40), sidecar)
        #expect(try await Self.audit(sidecar) == [10...40])
        let head = String(decoding: try #require(sidecar.rows["head:u1"]).value, as: UTF8.self)
        sidecar.put("head:u1", head.replacing(#""first":1,"#, with: #""first":31,"#))
        #expect(try await Self.audit(sidecar) == [31...40])
    }

    @Test func `an event that is on its way is waited for`() async throws {
        let sidecar = try await Self.book(3)
        Self.put(1...3, without: [2], sidecar)
        let audit = PublicationAudit(
            dapr: DaprClient(transport: sidecar),
            store: "statestore",
            owner: try #require(OwnerID("u1")),
            sleep: { _ in Self.put(1...3, sidecar) }
        )
        #expect(try await audit.run().isEmpty)
    }
}
