import Dapr
import DaprHTTP
import DaprJSON
import DaprSidecar
import DaprTesting
import Synchronization
import TestTools
import Testing

/// What an application sees of faults on the way to it.
struct DeliveryFaultTests {
    /// Runs a sidecar whose application takes the topic `t`, publishes events with these identifiers, and waits for so many deliveries.
    private func run(
        _ plan: String,
        publishing ids: [String],
        until count: Int,
        bulk: String = "",
        retries: Int? = nil
    ) async throws -> (ids: [String], faults: [String]) {
        let app = RecordingApp(topics: ["t"], bulk: bulk)
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        configuration.faults = try FaultPlan(parsing: plan)
        if let retries {
            let policy = try LoadedResources(
                yaml: """
                    apiVersion: dapr.io/v1alpha1
                    kind: Resiliency
                    metadata: {name: again}
                    spec:
                      policies: {retries: {again: {policy: constant, duration: 1ms, maxRetries: \(retries)}}}
                      targets: {components: {pubsub: {inbound: {retry: again}}}}
                    """
            )
            configuration.resources.resiliencies = policy.resiliencies
        }
        return try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            for id in ids {
                try await dapr.publishEvent(json: [0x31], to: "t", in: "pubsub", metadata: ["cloudevent.id": id])
            }
            try await eventually { app.ids.count >= count }
            // Time for what must not come.
            try await Task.sleep(for: .milliseconds(30))
            return (app.ids, sidecar.faults.sortedLog)
        }
    }

    @Test func `a duplicate comes once more`() async throws {
        let run = try await run("deliver key=b -> duplicate 2", publishing: ["a", "b", "c"], until: 5)
        #expect(run.ids == ["a", "b", "b", "b", "c"])
        #expect(run.faults == ["deliver pubsub t b attempt 1 -> duplicate 2 (rule 1)"])
    }

    @Test func `an event is overtaken by later ones`() async throws {
        let run = try await run(
            "deliver key=a -> reorder 2\ndeliver key=c -> reorder 1",
            publishing: ["a", "b", "c", "d", "e"],
            until: 5
        )
        #expect(run.ids == ["b", "d", "a", "c", "e"])
    }

    @Test func `an event that nothing overtakes comes all the same`() async throws {
        let run = try await run("deliver key=b -> reorder 5", publishing: ["a", "b"], until: 2)
        #expect(run.ids == ["a", "b"])
    }

    @Test func `bulk deliveries are put into another order as well`() async throws {
        let bulk = #","bulkSubscribe":{"enabled":true,"maxMessagesCount":2,"maxAwaitDurationMs":10}"#
        let run = try await run(
            "deliver key=a -> reorder 2",
            publishing: ["a", "b", "c", "d"],
            until: 4,
            bulk: bulk
        )
        #expect(run.ids.filter { $0 != "a" } == ["b", "c", "d"])
        #expect(run.ids.firstIndex(of: "a") == 2)
    }

    @Test func `a lost answer brings the event again, a cut and a refusal do not reach the application`() async throws {
        let plan = """
            deliver key=a attempt=1 -> lose
            deliver key=b attempt=1 -> cut
            deliver key=c attempt=1-2 -> refuse
            deliver key=d attempt=1 -> fail 500
            """
        let run = try await run(plan, publishing: ["a", "b", "c", "d"], until: 5, retries: 3)
        #expect(run.ids == ["a", "a", "b", "c", "d"])
        #expect(run.faults.count == 5)
    }

    @Test func `without a policy a delivery that fails is not made again`() async throws {
        let run = try await run("deliver key=a -> cut", publishing: ["a", "b"], until: 1)
        #expect(run.ids == ["b"])
    }
}
