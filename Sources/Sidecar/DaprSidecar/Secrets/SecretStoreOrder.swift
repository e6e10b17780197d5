import DaprText

/// Components in an order in which they can be opened: secret stores first, each after the one that its own values come
/// from.
///
/// Otherwise the order of the files is kept. daprd arrives at the same order: it puts a component aside until the
/// secret store that it names is open.
struct SecretStoreOrder {
    /// The components in that order, including those of a circle, so that each can be refused.
    let definitions: [ComponentDefinition]
    private let stores: [ExactText: ComponentDefinition]

    init(_ definitions: [ComponentDefinition]) {
        let secretStores = definitions.filter(\.isSecretStore)
        let stores = Dictionary(secretStores.map { (ExactText($0.name), $0) }) { first, _ in first }
        var placed: Set<ExactText> = []
        var order: [ComponentDefinition] = []
        for store in secretStores {
            var chain: [ComponentDefinition] = []
            var next: ComponentDefinition? = store
            while let definition = next, placed.insert(ExactText(definition.name)).inserted {
                chain.append(definition)
                next = definition.neededSecretStore.flatMap { stores[ExactText($0)] }
            }
            order += chain.reversed()
        }
        self.stores = stores
        self.definitions = order + definitions.filter { !$0.isSecretStore }
    }

    /// Why a component's secret store is not open: it does not exist, it depends on the component itself, or it was
    /// skipped.
    func fault(_ definition: ComponentDefinition, _ name: String) -> ComponentError {
        let place = definition.metadata.items.first(where: \.isSecret)?.place
        guard stores[ExactText(name)] != nil else {
            let others = stores.keys.map(\.text).filter { !$0.hasSameBytes(as: definition.name) }.sorted()
            return definition.error(.noSecretStore(name: name, present: others), at: place)
        }
        var circle = [definition.name]
        var seen: Set<ExactText> = []
        var next: String? = name
        while let name = next, seen.insert(ExactText(name)).inserted {
            circle.append(name)
            if name.hasSameBytes(as: definition.name) { return definition.error(.secretStoreCircle(circle), at: place) }
            next = stores[ExactText(name)]?.neededSecretStore
        }
        return definition.error(.secretStoreNotOpened(name: name), at: place)
    }
}

extension ComponentDefinition {
    /// The secret store that its values need; `nil` when it names none, or has no secrets.
    var neededSecretStore: String? { metadata.items.contains(where: \.isSecret) ? secretStore : nil }

    fileprivate var isSecretStore: Bool { type.utf8.starts(with: "secretstores.".utf8) }
}

extension ComponentMetadata.Item {
    fileprivate var isSecret: Bool { if case .secret = source { true } else { false } }
}
