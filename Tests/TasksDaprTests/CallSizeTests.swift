import Dapr
import DaprJSON
import Synchronization
import Tasks
import TestTools
import Testing

@testable import TasksDapr

/// How many events go into a call.
struct CallSizeTests {
    @Test func `calls become smaller when they are given up, down to one event, and larger again`() async throws {
        let sizes = Mutex<[Int]>([])
        let isSlow = Mutex(true)
        let sidecar = FakeSidecar()
        sidecar.setFault { call in
            guard call.kind == .publish else { return .none }
            sizes.withLock { $0.append(call.keys.count) }
            // Some sidecars have a publisher wait until the subscribers have answered: in time for one event, and for more in none.
            return isSlow.withLock(\.self) && call.keys.count > 1 ? .before(.timedOut) : .none
        }
        let engine = try Engine(sidecar)
        let owners = try (0..<CallBounds.events).map { try #require(OwnerID("u\($0)")) }
        func create() async throws {
            for owner in owners {
                let context = CommandContext(actor: owner, channel: .rest)
                _ = try await engine.service.perform(
                    .create(TaskContent(title: "T"), id: nil),
                    owner: owner,
                    context: context
                )
            }
        }
        // Before anything publishes, so that all wait.
        try await create()
        try await engine.withRelay {
            try await eventually { sidecar.published.count == owners.count }
            let seen = sizes.withLock { sizes in
                defer { sizes = [] }
                return sizes
            }
            #expect(seen.first == CallBounds.events)
            #expect(seen.contains(1))
            // What waits while the broker is down for a moment goes out in ever larger calls.
            isSlow.withLock { $0 = false }
            sidecar.setFault { $0.kind == .publish ? .before(.unreachable("refused")) : .none }
            try await create()
            sidecar.setFault { call in
                if call.kind == .publish { sizes.withLock { $0.append(call.keys.count) } }
                return .none
            }
            try await eventually { sidecar.published.count == 2 * owners.count }
        }
        #expect(sizes.withLock { $0.max() ?? 0 } >= 16)
        let ids = sidecar.published.compactMap { $0["id"]?.stringValue }
        #expect(Set(ids).count == ids.count)
    }
}
