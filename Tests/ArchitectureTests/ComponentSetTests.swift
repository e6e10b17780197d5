import DaprSidecar
import Foundation
import Testing

/// What Dapr would ignore without a word, the development sidecar's loader refuses: so it reads every set, also those it cannot run.
struct ComponentSetTests {
    private static let types = [
        "local": [
            "local-secrets": "secretstores.local.file", "pubsub": "pubsub.in-memory", "statestore": "state.sqlite",
        ],
        "postgres-kafka": [
            "local-secrets": "secretstores.local.file", "pubsub": "pubsub.kafka", "statestore": "state.postgresql",
        ],
    ]

    @Test(arguments: ["local", "postgres-kafka"])
    func `a component set is read to its last field`(set: String) throws {
        let folder = Project.root.appending(path: "components/\(set)").path
        let loaded = try ComponentLoader.load(folders: [folder])
        let types = Dictionary(loaded.components.map { ($0.name, $0.type) }) { _, second in second }
        #expect(types == Self.types[set])
        #expect(loaded.components.count == 3)
        #expect(loaded.components.allSatisfy { ($0.secretStore ?? "local-secrets") == "local-secrets" })
        #expect(loaded.resiliencies.count == 1)
        #expect(loaded.subscriptions.isEmpty, "subscriptions are declared by the server")
    }

    @Test(arguments: ["local", "production"])
    func `a configuration lets the server read its own secrets only`(name: String) throws {
        let file = Project.root.appending(path: "dapr-config/\(name).yaml").path
        let scopes = try ComponentLoader.load(folders: [], configurationFile: file).configuration.secretScopes
        let scope = try #require(scopes.first)
        #expect(scopes.count == 1)
        #expect(scope.store == "local-secrets")
        #expect(scope.allows("jwt-secret") && scope.allows("server-secret"))
        #expect(!scope.allows("postgres-connection-string"))
    }

    @Test func `no other component set lies about`() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Project.root.appending(path: "components").path
        )
        #expect(Set(folders) == Set(Self.types.keys))
    }
}
