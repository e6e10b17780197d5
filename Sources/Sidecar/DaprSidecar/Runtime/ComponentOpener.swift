import DaprText

/// Opens the components that an application can use.
struct ComponentOpener: Sendable {
    let configuration: RuntimeConfiguration
    let stateStoreTypes: [StateStoreType]
    let pubsubTypes: [PubSubType]
    let secretStoreTypes: [SecretStoreType]
    let catalog: ResiliencyCatalog
    let surroundings: Surroundings
    let files: any ResourceFiles
    let observer: @Sendable (RuntimeEvent) -> Void
    let meter: RuntimeMeter

    /// Metadata that all pub/sub components accept.
    private static let pubsubOptions = [
        "publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics", "consumerID",
    ]

    /// Opens components, and closes those already open when one is refused.
    ///
    /// Secret stores come first, each after the one that it needs.
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
                    try await addLeniently(try await resolved(definition, open.secretStores), to: &open)
                } catch {
                    // daprd waits for a secret store that never comes, and starts without the components that need it.
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
        let order = Dictionary(seen.enumerated().map { (ExactText($0.element.name), $0.offset) }) { first, _ in first }
        open.listed.sort { order[$0.name] ?? 0 < order[$1.name] ?? 0 }
        return open
    }

    /// Whether scopes and namespace let the application use a component.
    private func isSeen(_ definition: ComponentDefinition) -> Bool {
        if let mine = configuration.namespace, let its = definition.namespace, !its.hasSameBytes(as: mine) {
            return false
        }
        return definition.scopes.isEmpty || definition.scopes.contains(bytesOf: configuration.appID)
    }

    private func refuseEqualNames(_ definitions: [ComponentDefinition]) throws(ComponentError) {
        var places: [ExactText: ResourcePlace] = [:]
        for definition in definitions {
            if let first = places.updateValue(definition.place, forKey: ExactText(definition.name)) {
                throw definition.error(.duplicateName(first: first))
            }
        }
    }

    /// Opens a component; ignores unknown metadata when broken resources are ignored.
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
                definition.metadata.items.removeAll { $0.name.hasSameBytes(as: name) }
                // Each round must remove an entry, or the loop would never end.
                guard definition.metadata.items.count < count else { throw error }
                observer(.resourceSkipped(error))
            }
        }
    }

    private func add(_ definition: ComponentDefinition, to open: inout OpenComponents) async throws(ComponentError) {
        let capabilities: [String]
        if let type = stateStoreTypes.first(where: { $0.opens(definition) }) {
            let opened = try await stateStore(definition, type)
            open.stateStores[definition.name] = opened
            capabilities = opened.store.capabilities
        } else if let type = pubsubTypes.first(where: { $0.opens(definition) }) {
            let opened = try await pubsub(definition, type)
            open.pubsubs[definition.name] = opened
            capabilities = opened.broker.capabilities
        } else if let type = secretStoreTypes.first(where: { $0.opens(definition) }) {
            let opened = try await secretStore(definition, type)
            open.secretStores[definition.name] = opened
            capabilities = opened.store.capabilities
        } else {
            throw unsupported(definition)
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

    private func secretStore(
        _ definition: ComponentDefinition,
        _ type: SecretStoreType
    ) async throws(ComponentError) -> OpenSecretStore {
        try definition.allow(only: type.options)
        return OpenSecretStore(
            name: definition.name,
            store: try await handle(definition, type),
            policy: catalog.outbound(definition.name, kind: "Secretstore")
        )
    }

    private func pubsub(
        _ definition: ComponentDefinition,
        _ type: PubSubType
    ) async throws(ComponentError) -> OpenPubSub {
        try definition.allow(only: Self.pubsubOptions + type.options)
        if definition.name == "bulk" {
            throw definition.error(
                .badField(field: "metadata.name", reason: "a pub/sub component must not be called bulk")
            )
        }
        return OpenPubSub(
            name: definition.name,
            broker: try await handle(definition, type),
            scopes: TopicScopes(definition.metadata, appID: configuration.appID),
            policy: catalog.outbound(definition.name, kind: "Pubsub")
        )
    }

    private func stateStore(
        _ definition: ComponentDefinition,
        _ type: StateStoreType
    ) async throws(ComponentError) -> OpenStateStore {
        let prefix = try KeyPrefix(definition, appID: configuration.appID, namespace: configuration.namespace)
        try definition.allowStateMetadata(only: type.options)
        return OpenStateStore(
            name: definition.name,
            store: try await handle(definition, type),
            prefix: prefix,
            policy: catalog.outbound(definition.name, kind: "Statestore")
        )
    }

    private func handle<Handle>(
        _ definition: ComponentDefinition,
        _ type: ComponentType<Handle>
    ) async throws(ComponentError) -> Handle {
        let context = ComponentContext(
            appID: configuration.appID,
            environment: configuration.variables,
            files: files,
            surroundings: surroundings
        )
        let handle = try await type.open(definition, context)
        for part in type.notes(definition) { observer(.componentPartUnused(name: definition.name, part: part)) }
        return handle
    }

    private func unsupported(_ definition: ComponentDefinition) -> ComponentError {
        let supported =
            stateStoreTypes.flatMap(\.names) + pubsubTypes.flatMap(\.names) + secretStoreTypes.flatMap(\.names)
        let isKnownType = supported.contains { $0.hasBytePrefix("\(definition.type) ") }
        return definition.error(
            .unsupportedType("\(definition.type) \(definition.version)", supported: supported),
            at: isKnownType ? definition.versionPlace : definition.typePlace
        )
    }

    /// The component with every value filled in: secrets, variables and templates.
    private func resolved(
        _ definition: ComponentDefinition,
        _ secrets: [ExactText: OpenSecretStore]
    ) async throws(ComponentError) -> ComponentDefinition {
        var result = definition
        for (index, item) in definition.metadata.items.enumerated() {
            let text: String
            switch item.source {
            case .value(let value): text = value
            case .environment(let variable):
                text = EnvironmentSecretStore.isPrivate(variable) ? "" : configuration.variables[variable] ?? ""
            case .secret(let name, let key):
                let store = definition.secretStore.flatMap { secrets[$0] }
                let secret: [ExactText: String]?
                do throws(SecretStoreError) {
                    secret = try await store?.store.secret(name)
                } catch {
                    let reason = "the secret \(name) cannot be read: \(error)"
                    throw definition.error(.notInitialised(reason), at: item.place)
                }
                guard let value = secret?[ExactText(key)] else {
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
