import DaprText
import Synchronization

extension StateStoreType {
    /// The type, with stores that keep their committed values over a restart of the sidecar.
    ///
    /// Stores with a file or a database do so anyway; an in-memory store is opened once for each component and then
    /// reused.
    package var lasting: StateStoreType {
        guard type == Self.inMemory.type else { return self }
        let shelf = StoreShelf()
        var lasting = self
        lasting.open = { component, context throws(ComponentError) in
            if let store = shelf.store(component.name) { return store }
            return shelf.keep(try await self.open(component, context), component.name)
        }
        return lasting
    }
}

/// Stores by the names of their components.
private final class StoreShelf: Sendable {
    private let stores = Mutex<[ExactText: LastingStore]>([:])

    func store(_ name: String) -> LastingStore? { stores.withLock { $0[name] } }

    func keep(_ store: any StateStore, _ name: String) -> LastingStore {
        let lasting = LastingStore(store: store)
        stores.withLock { $0[name] = lasting }
        return lasting
    }
}

/// A store that stays open when its sidecar closes it.
private struct LastingStore: StateStore {
    let store: any StateStore

    var capabilities: [String] { store.capabilities }
    var file: String? { store.file }

    func get(_ key: String) async throws(StoreError) -> StoredValue? { try await store.get(key) }
    func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow] { try await store.bulkGet(keys) }
    func apply(_ operations: [StoreOperation]) async throws(StoreError) { try await store.apply(operations) }
    func close() async {}
}
