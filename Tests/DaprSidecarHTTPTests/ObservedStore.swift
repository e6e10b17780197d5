import DaprSidecar
import Synchronization

/// A state store in memory that tells all it holds.
final class ObservedStore: StateStore {
    private let store = InMemoryStateStore()
    /// As bytes: strings that Unicode holds equivalent are different keys.
    private let keys = Mutex<Set<[UInt8]>>([])

    var capabilities: [String] { store.capabilities }

    func get(_ key: String) async throws(StoreError) -> StoredValue? { try await store.get(key) }

    func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow] { try await store.bulkGet(keys) }

    func apply(_ operations: [StoreOperation]) async throws(StoreError) {
        keys.withLock { $0.formUnion(operations.map { Array($0.key.utf8) }) }
        try await store.apply(operations)
    }

    func close() async { await store.close() }

    /// Every value by its key, but those with an end: they may go at any moment.
    func contents() async -> [[UInt8]: StoredValue] {
        var contents: [[UInt8]: StoredValue] = [:]
        for key in keys.withLock({ $0 }) {
            // The store in memory never fails to read.
            if let value = try? await store.get(String(decoding: key, as: UTF8.self)), value.expires == nil {
                contents[key] = value
            }
        }
        return contents
    }
}
