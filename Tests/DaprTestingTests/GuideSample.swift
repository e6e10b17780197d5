import Dapr
import DaprTesting
import Testing

/// What is tested: books a seat once, whatever becomes of the answers.
private func book(_ seat: StateKey, for name: String, _ dapr: DaprClient) async throws -> Bool {
    while true {
        do {
            if let entry = try await dapr.getState(seat, in: "statestore") {
                return try entry.decoded(String.self) == name
            }
            try await dapr.saveState(StateItem(seat, encoding: name, concurrency: .firstWrite), in: "statestore")
            return true
        } catch let error as DaprError {
            // Somebody was faster, or nobody knows what came of it: look again.
            guard [.alreadyExists, .outcomeUnknown, .unreachable].contains(error.kind) else { throw error }
        }
    }
}

struct BookingTests {
    @Test(arguments: 1...20)
    func `a seat goes to one of three, whatever fails`(seed: Int) async throws {
        let configuration = try EmbeddedSidecar.Configuration(
            appID: "booking",
            faults: """
                seed \(seed)
                state.save chance=0.3 -> lose
                state.save chance=0.3 -> cut
                state.* match=5 -> restart after
                """
        )
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            async let ann = book("seat:1", for: "ann", dapr)
            async let bob = book("seat:1", for: "bob", dapr)
            async let cy = book("seat:1", for: "cy", dapr)
            let booked = try await [ann, bob, cy].count { $0 }
            // What a failure shows: the plan, which repeats the run, and what it did.
            #expect(booked == 1, "\(sidecar.faultReport)")
        }
    }
}
