import Dapr
import JSON
import Tasks
import Testing

@testable import TasksDapr

/// Changes that were committed and never heard of.
struct PublicationAuditTests {
    @Test func `changes that nobody heard are found, whatever marks say`() async throws {
        let sidecar = FakeSidecar()
        let engine = try Engine(sidecar)
        for index in 0..<5 { try await engine.create("\(index)") }
        sidecar.put("pub:u1", #"{"sequence":5,"v":1}"#)
        func audit() async throws -> ClosedRange<Int>? {
            try await PublicationAudit(
                dapr: DaprClient(transport: sidecar),
                store: "statestore",
                owner: engine.owner,
                sleep: { _ in }
            ).run()
        }
        #expect(try await audit() == 1...5)
        var activity = Activity()
        for sequence in 1...3 {
            activity.note(
                ActivityChange(
                    sequence: sequence,
                    time: .epoch,
                    kind: .created,
                    taskID: TaskID(high: 0, low: 1),
                    title: "T"
                )
            )
        }
        sidecar.put("activity:u1", String(decoding: ActivityDocument(activity).bytes, as: UTF8.self))
        #expect(try await audit() == 4...5)
    }
}
