import DaprText

/// The components of a running sidecar.
struct OpenComponents: Sendable {
    var stateStores: [ExactText: OpenStateStore] = [:]
    var pubsubs: [ExactText: OpenPubSub] = [:]
    var secretStores: [ExactText: OpenSecretStore] = [:]
    /// What the metadata document lists, in the order of the files.
    var listed: [ListedComponent] = []

    /// Closes everything that holds something.
    func close() async {
        for pubsub in pubsubs.values { await pubsub.broker.close() }
        for open in stateStores.values { await open.store.close() }
        for open in secretStores.values { await open.store.close() }
    }
}

/// A state store with what the runtime puts around it.
struct OpenStateStore: Sendable {
    let name: String
    let store: any StateStore
    let prefix: KeyPrefix
    let policy: ResiliencyPolicy
}

/// A secret store with what the runtime puts around it.
struct OpenSecretStore: Sendable {
    let name: String
    let store: any SecretStore
    let policy: ResiliencyPolicy
}

/// A pub/sub component with what the runtime puts around it.
struct OpenPubSub: Sendable {
    let name: String
    let broker: any Broker
    let scopes: TopicScopes
    let policy: ResiliencyPolicy
}

/// One row of `components` in the metadata document.
struct ListedComponent: Sendable {
    let name: String
    let type: String
    let version: String
    let capabilities: [String]
}
