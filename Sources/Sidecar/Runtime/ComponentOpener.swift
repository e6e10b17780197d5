import DaprText

/// Opens the components that an application sees.
struct ComponentOpener: Sendable {
    let configuration: RuntimeConfiguration
    let stateStoreTypes: [StateStoreType]
    let catalog: ResiliencyCatalog
    let surroundings: Surroundings
    let files: any ResourceFiles
    let observer: @Sendable (RuntimeEvent) -> Void
    let meter: RuntimeMeter

    private static let otherTypes = ["pubsub.in-memory", "secretstores.local.file", "secretstores.local.env"]

    /// Opens components, secret stores first and each behind the one that it needs; closes what is open when one is refused.
    func open(_ definitions: [ComponentDefinition]) async throws(ComponentError) -> OpenComponents {
        let seen = definitions.filter(isSeen)
        try refuseEqualNames(seen)
        var open = OpenComponents()
        do throws(ComponentError) {
            let stores = SecretStoreOrder(seen)
            for definition in stores.definitions {
                do throws(ComponentError) {
                    if let missing = definition.neededSecretStore, open.secretStores[missing] == nil {
                        throw stores.fault(definition, missing)
                    }
                    try await addLeniently(try resolved(definition, open.secretStores), to: &open)
                } catch {
                    // daprd waits for a secret store that does not come, and starts without what needs it.
                    if configuration.ignoresBrokenResources, error.reason.isAboutMissingStore {
                        observer(.resourceSkipped(error))
                        continue
                    }
                    guard definition.ignoresErrors else { throw error }
                    observer(.componentIgnored(error))
                    meter.note(.componentFailed(type: definition.type, name: definition.name))
                }
            }
        } catch {
            await open.close()
            throw error
        }
        let order = Dictionary(seen.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        open.listed.sort { order[$0.name, default: 0] < order[$1.name, default: 0] }
        return open
    }

    /// Whether scopes and namespace let the application see a component.
    private func isSeen(_ definition: ComponentDefinition) -> Bool {
        if let mine = configuration.namespace, let its = definition.namespace, its != mine { return false }
        return definition.scopes.isEmpty || definition.scopes.contains(configuration.appID)
    }

    private func refuseEqualNames(_ definitions: [ComponentDefinition]) throws(ComponentError) {
        var places: [String: ResourcePlace] = [:]
        for definition in definitions {
            if let first = places.updateValue(definition.place, forKey: definition.name) {
                throw definition.error(.duplicateName(first: first))
            }
        }
    }

    /// Opens a component; where broken resources are ignored, without the metadata that it does not know.
    private func addLeniently(
        _ definition: ComponentDefinition,
        to open: inout OpenComponents
    ) async throws(ComponentError) {
        var definition = definition
        while true {
            do throws(ComponentError) {
                return try await add(definition, to: &open)
            } catch {
                guard configuration.ignoresBrokenResources, let name = error.reason.ignorableMetadata else {
                    throw error
                }
                let count = definition.metadata.items.count
                definition.metadata.items.removeAll { $0.name == name }
                // Each turn must leave something out, or there would be no end.
                guard definition.metadata.items.count < count else { throw error }
                observer(.resourceSkipped(error))
            }
        }
    }

    private func add(_ definition: ComponentDefinition, to open: inout OpenComponents) async throws(ComponentError) {
        var capabilities: [String] = []
        switch definition.type {
        case "secretstores.local.file":
            try requireFirstVersion(definition)
            let store = try FileSecretStore(definition, files: files)
            capabilities = store.capabilities
            open.secretStores[definition.name] = secretStore(store, definition)
        case "secretstores.local.env":
            try requireFirstVersion(definition)
            let store = try EnvironmentSecretStore(definition, environment: configuration.environment)
            open.secretStores[definition.name] = secretStore(store, definition)
        case "pubsub.in-memory":
            try requireFirstVersion(definition)
            open.pubsubs[definition.name] = try pubsub(definition)
            capabilities = InMemoryBroker.capabilities
        default:
            let state = try await stateStore(definition)
            capabilities = state.store.capabilities
            open.stateStores[definition.name] = state
        }
        open.listed.append(
            ListedComponent(
                name: definition.name,
                type: definition.type,
                version: definition.version,
                capabilities: capabilities
            )
        )
        observer(.componentLoaded(name: definition.name, type: definition.type))
    }

    private func secretStore(_ store: any SecretStore, _ definition: ComponentDefinition) -> OpenSecretStore {
        OpenSecretStore(
            name: definition.name,
            store: store,
            policy: catalog.outbound(definition.name, kind: "Secretstore")
        )
    }

    private func pubsub(_ definition: ComponentDefinition) throws(ComponentError) -> OpenPubSub {
        try definition.allow(
            only: ["publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics", "consumerID"])
        if definition.name == "bulk" {
            throw definition.error(
                .badField(field: "metadata.name", reason: "a pub/sub component must not be called bulk")
            )
        }
        return OpenPubSub(
            name: definition.name,
            broker: InMemoryBroker(),
            scopes: TopicScopes(definition.metadata, appID: configuration.appID),
            policy: catalog.outbound(definition.name, kind: "Pubsub")
        )
    }

    private func stateStore(_ definition: ComponentDefinition) async throws(ComponentError) -> OpenStateStore {
        guard let type = stateStoreTypes.first(where: { $0.type == definition.type }),
            type.versions.contains(definition.version)
        else { throw unsupported(definition) }
        let prefix = try KeyPrefix(definition, appID: configuration.appID, namespace: configuration.namespace)
        let store = try await type.open(definition, surroundings)
        for part in type.notes(definition) { observer(.componentPartUnused(name: definition.name, part: part)) }
        return OpenStateStore(
            name: definition.name,
            store: store,
            prefix: prefix,
            policy: catalog.outbound(definition.name, kind: "Statestore")
        )
    }

    private func requireFirstVersion(_ definition: ComponentDefinition) throws(ComponentError) {
        if definition.version != "v1" { throw unsupported(definition) }
    }

    private func unsupported(_ definition: ComponentDefinition) -> ComponentError {
        let states = stateStoreTypes.flatMap { type in type.versions.map { "\(type.type) \($0)" } }
        let isKnownType =
            stateStoreTypes.contains { $0.type == definition.type } || Self.otherTypes.contains(definition.type)
        return definition.error(
            .unsupportedType(
                "\(definition.type) \(definition.version)",
                supported: states + Self.otherTypes.map { "\($0) v1" }
            ),
            at: isKnownType ? definition.versionPlace : definition.typePlace
        )
    }

    /// The component with every value in place: secrets, variables, templates.
    private func resolved(
        _ definition: ComponentDefinition,
        _ secrets: [String: OpenSecretStore]
    ) throws(ComponentError) -> ComponentDefinition {
        var result = definition
        for (index, item) in definition.metadata.items.enumerated() {
            let text: String
            switch item.source {
            case .value(let value): text = value
            case .environment(let variable):
                text = EnvironmentSecretStore.isPrivate(variable) ? "" : configuration.environment[variable] ?? ""
            case .secret(let name, let key):
                guard let store = definition.secretStore, let value = secrets[store]?.store.secret(name)?[ExactKey(key)]
                else {
                    throw definition.error(
                        .secretNotFound(store: definition.secretStore, name: name, key: key),
                        at: item.place
                    )
                }
                text = value
            }
            result.metadata.items[index].source = .value(try filled(text, item, of: definition))
        }
        return result
    }

    private func filled(
        _ text: String,
        _ item: ComponentMetadata.Item,
        of definition: ComponentDefinition
    ) throws(ComponentError) -> String {
        guard text.containsByte("{") else { return text }
        if text.contains("{podName}") {
            throw definition.error(
                .badMetadata(name: item.name, reason: "{podName} has a value in Kubernetes only"),
                at: item.place
            )
        }
        let namespace = configuration.namespace ?? "default"
        return text.replacing("{uuid}", with: surroundings.newUUID())
            .replacing("{namespace}", with: "\(namespace).\(configuration.appID)")
            .replacing("{appID}", with: configuration.appID)
    }
}
