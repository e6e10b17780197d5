import DaprText
import Synchronization

/// `state.in-memory`: values that live as long as the process, as in daprd.
package final class InMemoryStateStore: StateStore {
    fileprivate struct Contents {
        var values: [ExactText: StoredValue] = [:]
        /// The keys whose values expire, so that the sweep need not visit the others.
        var expiring: Set<ExactText> = []
        var lastSweep: WallTime?
    }

    private let contents = Mutex(Contents())
    private let surroundings: Surroundings

    /// Creates an empty store.
    package init(surroundings: Surroundings = Surroundings()) { self.surroundings = surroundings }

    package let capabilities = ["ETAG", "TRANSACTIONAL", "TTL", "DELETE_WITH_PREFIX", "KEYS_LIKE", "ACTOR"]

    /// How many values are held, including expired ones that were not yet removed.
    package var count: Int { contents.withLock { $0.values.count } }

    package func get(_ key: String) async throws(StoreError) -> StoredValue? {
        let now = surroundings.now()
        return contents.withLock { $0.values.visible(key, at: now) }
    }

    package func bulkGet(_ keys: [String]) async throws(StoreError) -> [BulkGetRow] {
        let now = surroundings.now()
        return contents.withLock { contents in
            keys.map { key in contents.values.visible(key, at: now).map { .found(key: key, $0) } ?? .missing(key: key) }
        }
    }

    /// Applies operations under one lock.
    ///
    /// Every ETag is compared with the state of the store before the first operation.
    package func apply(_ operations: [StoreOperation]) async throws(StoreError) {
        let now = surroundings.now()
        let refusal: StoreError? = contents.withLock { contents in
            do throws(StoreError) {
                for operation in operations { try contents.values.check(operation, at: now) }
            } catch {
                return error
            }
            for operation in operations { contents.apply(operation, at: now, etag: surroundings.newUUID()) }
            contents.sweepIfDue(at: now)
            return nil
        }
        if let refusal { throw refusal }
    }

    package func close() async {}
}

extension InMemoryStateStore.Contents {
    fileprivate mutating func apply(_ operation: StoreOperation, at now: WallTime, etag: String) {
        expiring.remove(ExactText(operation.key))
        switch operation {
        case .set(let set):
            let expires = set.ttlSeconds.flatMap { $0 > 0 ? now.adding(seconds: $0) : nil }
            if expires != nil { expiring.insert(ExactText(set.key)) }
            values[ExactText(set.key)] = StoredValue(value: set.value, etag: etag, expires: expires)
        case .delete(let delete): values[ExactText(delete.key)] = nil
        }
    }

    /// Removes expired values, which reads no longer see, at most once a second.
    fileprivate mutating func sweepIfDue(at now: WallTime) {
        if let lastSweep, now.seconds == lastSweep.seconds { return }
        lastSweep = now
        for key in expiring where values[key]?.isExpired(at: now) ?? true {
            values[key] = nil
            expiring.remove(key)
        }
    }
}

extension StoredValue {
    /// Whether the value is no longer visible.
    package func isExpired(at now: WallTime) -> Bool { expires.map { $0 <= now } ?? false }
}

extension [ExactText: StoredValue] {
    fileprivate func visible(_ key: String, at now: WallTime) -> StoredValue? {
        self[ExactText(key)].flatMap { $0.isExpired(at: now) ? nil : $0 }
    }

    fileprivate func check(_ operation: StoreOperation, at now: WallTime) throws(StoreError) {
        let (etag, isFirstWrite) =
            switch operation {
            case .set(let set): (set.etag, set.isFirstWrite)
            case .delete(let delete): (delete.etag, delete.isFirstWrite)
            }
        let present = visible(operation.key, at: now)
        if let etag {
            guard let present else {
                throw .etagMismatch(detail: "state not exist or expired for key=\(operation.key)")
            }
            guard present.etag == etag else {
                throw .etagMismatch(
                    detail: "state etag not match for key=\(operation.key): current=\(present.etag), expect=\(etag)"
                )
            }
        } else if isFirstWrite && present != nil {
            throw .etagMismatch(detail: "item already exists and no etag was passed")
        }
    }
}

extension StateStoreType {
    /// `state.in-memory`.
    package static var inMemory: StateStoreType {
        StateStoreType(type: "state.in-memory") { _, context throws(ComponentError) in
            InMemoryStateStore(surroundings: context.surroundings)
        }
    }
}
