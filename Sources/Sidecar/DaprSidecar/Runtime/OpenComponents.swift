import DaprText

/// The components of a running sidecar.
struct OpenComponents: Sendable {
    var stateStores: [ExactText: OpenStateStore] = [:]
    var pubsubs: [ExactText: OpenPubSub] = [:]
    var secretStores: [ExactText: OpenSecretStore] = [:]
    /// The components in the metadata document, in the order of the files.
    var listed: [ListedComponent] = []

    /// Closes all components.
    func close() async {
        for pubsub in pubsubs.values { await pubsub.broker.close() }
        for open in stateStores.values { await open.store.close() }
        for open in secretStores.values { await open.store.close() }
    }
}

/// A state store with its key prefix and policy.
struct OpenStateStore: Sendable {
    let name: String
    let store: any StateStore
    let prefix: KeyPrefix
    let policy: ResiliencyPolicy
}

/// A secret store with its policy.
struct OpenSecretStore: Sendable {
    let name: String
    let store: any SecretStore
    let policy: ResiliencyPolicy
}

/// A pub/sub component with its topic scopes and policy.
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
