import DaprSidecar
import DaprText
import Foundation
import TaskEvents
import Testing

/// What the server takes for a delivery, against what the sidecar waits for one.
struct DeliveryTimeTests {
    private static let components = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "components")

    @Test(arguments: ["local", "postgres-kafka"])
    func `the server answers a delivery before the sidecar of a component set gives it up`(set: String) throws {
        let loaded = try ComponentLoader.load(folders: [Self.components.appending(path: set).path])
        let policies = try #require(loaded.resiliencies.first)
        let name = try #require(policies.inbound["pubsub"]?.timeout)
        let wait = try #require(policies.timeouts[name])
        // What was counted in the last moment is still to be written and answered.
        #expect(DeliveryBounds.time + .milliseconds(500) <= wait)
    }
}
