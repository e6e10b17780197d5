internal import DaprJSON
import DaprText

/// The state building block.
extension SidecarRuntime {
    /// `GET /v1.0/state/{store}/{key}`; `nil` for 204.
    package func getState(
        _ store: String,
        _ key: String,
        metadata: RequestMetadata
    ) async throws(APIError) -> StateAnswer? {
        let open = try stateStore(store)
        try refuseIllegal(key, store: store)
        let stored = open.prefix.stored(key)
        do throws(StoreError) {
            let found = try await resilient(open, "get") { () async throws(StoreError) in
                try await open.store.get(stored)
            }
            return found.map { value in
                StateAnswer(
                    value: value.value,
                    etag: value.etag,
                    metadata: value.expires.map { ["ttlExpireTime": $0.rfc3339] } ?? [:]
                )
            }
        } catch {
            throw .stateGet(key, store: store, error)
        }
    }

    /// `POST /v1.0/state/{store}`; 204.
    ///
    /// Several items are independent writes.
    package func saveState(_ store: String, body: [UInt8], metadata: RequestMetadata) async throws(APIError) {
        let open = try stateStore(store)
        let items = try stateItems(body)
        for item in items { try refuseIllegal(item.key, store: store) }
        var writes: [StoreOperation] = []
        var errors: [StoreError] = []
        for item in items {
            do throws(StoreError) {
                writes.append(.set(try item.storeSet(open.prefix, metadata)))
            } catch {
                errors.append(error)
            }
        }
        if writes.count == 1 {
            if let error = await apply(writes, "set", to: open) { errors.append(error) }
        } else {
            // They start together, so that a store with group commit can write them in one transaction.
            let failures = await withTaskGroup(of: StoreError?.self) { group in
                for write in writes { group.addTask { await self.apply([write], "set", to: open) } }
                return await group.reduce(into: [StoreError]()) { failures, failure in
                    if let failure { failures.append(failure) }
                }
            }
            errors += failures
        }
        if !errors.isEmpty { throw .stateSave(store, errors, items: items.count) }
    }

    /// `DELETE /v1.0/state/{store}/{key}`; 204, even for a key that does not exist.
    package func deleteState(
        _ store: String,
        _ key: String,
        options: DeleteOptions,
        metadata: RequestMetadata
    ) async throws(APIError) {
        let open = try stateStore(store)
        try refuseIllegal(key, store: store)
        let delete: StoreDelete
        do throws(StoreError) {
            delete = StoreDelete(
                key: open.prefix.stored(key),
                etag: options.ifMatch.flatMap { $0.isEmpty ? nil : $0 },
                isFirstWrite: try StateOptions.isFirstWrite(
                    options.concurrency ?? "",
                    consistency: options.consistency ?? ""
                )
            )
        } catch {
            throw .stateDelete(key, error)
        }
        if let error = await apply([.delete(delete)], "delete", to: open) { throw .stateDelete(key, error) }
    }

    /// `POST /v1.0/state/{store}/bulk`; the JSON array of the answer, or no bytes when a stored value is not JSON.
    package func bulkGetState(
        _ store: String,
        body: [UInt8],
        metadata: RequestMetadata
    ) async throws(APIError) -> [UInt8] {
        let open = try stateStore(store)
        let keys: [String]
        do throws(RequestFault) {
            keys = try bulkKeys(body)
        } catch {
            throw .malformed("failed deserializing HTTP body: \(error.message)")
        }
        for key in keys { try refuseIllegal(key, store: store) }
        if keys.isEmpty { return Array("[]".utf8) }
        let stored = keys.map { open.prefix.stored($0) }
        let omitted = faults?.omissions(FaultSubject(.stateBulkGet, component: store, keys: keys)) ?? []
        do throws(StoreError) {
            let rows = try await resilient(open, "bulk_get") { () async throws(StoreError) in
                try await open.store.bulkGet(stored)
            }
            return BulkGetAnswer.bytes(rows.map { $0.omitted(omitted, open.prefix) }, prefix: open.prefix)
        } catch {
            throw .stateBulkGet(error)
        }
    }

    /// `POST /v1.0/state/{store}/transaction`; 204.
    ///
    /// All operations or none.
    package func transactState(_ store: String, body: [UInt8], metadata: RequestMetadata) async throws(APIError) {
        let open = try stateStore(store)
        let transaction = try StateTransaction(body)
        for operation in transaction.operations {
            try refuseIllegal(operation.item.key, store: store, namesField: false)
        }
        if transaction.operations.isEmpty { return }
        var operations: [StoreOperation] = []
        do throws(StoreError) {
            for operation in transaction.operations {
                switch operation {
                case .upsert(let item): operations.append(.set(try item.storeSet(open.prefix, metadata)))
                case .delete(let item): operations.append(.delete(try item.storeDelete(open.prefix)))
                }
            }
        } catch {
            throw .stateTransaction(error)
        }
        if let error = await apply(operations, "transaction", to: open) { throw .stateTransaction(error) }
    }

    /// `POST /v1.0-alpha1/state/{store}/query`; always refused, because no store here supports queries.
    package func queryState(_ store: String) throws(APIError) {
        _ = try stateStore(store)
        throw .queriesUnsupported(store)
    }

    private func stateStore(_ name: String) throws(APIError) -> OpenStateStore {
        let open = components
        if let found = open.stateStores[name] { return found }
        if open.stateStores.isEmpty { throw .stateNotConfigured(name, appID: configuration.appID) }
        throw .stateStoreNotFound(name, appID: configuration.appID)
    }

    private func refuseIllegal(_ key: String, store: String, namesField: Bool = true) throws(APIError) {
        if key.holdsKeySeparator { throw .illegalKey(key, store: store, namesField: namesField) }
    }

    private func stateItems(_ body: [UInt8]) throws(APIError) -> [StateItem] {
        do throws(RequestFault) {
            let json = try RequestJSON.value(body)
            guard let array = json.isNull ? [] : json.arrayValue else {
                throw RequestFault(message: "the body must be an array of items")
            }
            var items: [StateItem] = []
            for member in array {
                let item = try StateItem(member)
                if item.key.isEmpty { throw RequestFault(message: "\"key\" is a required field") }
                items.append(item)
            }
            return items
        } catch {
            throw .malformed(error.message)
        }
    }

    private func bulkKeys(_ body: [UInt8]) throws(RequestFault) -> [String] {
        let json = try RequestJSON.value(body)
        guard let object = json.isNull ? [:] : json.objectValue else {
            throw RequestFault(message: "the body must be an object")
        }
        var keys: [String] = []
        for member in try object.array("keys") ?? [] {
            guard let key = member.isNull ? "" : member.stringValue else {
                throw RequestFault(message: "a key must be a string")
            }
            keys.append(key)
        }
        if let parallelism = object.member("parallelism"), parallelism.intValue == nil {
            throw RequestFault(message: "\"parallelism\" must be a whole number")
        }
        _ = try object.texts("metadata")
        return keys
    }

    private func apply(_ operations: [StoreOperation], _ name: String, to open: OpenStateStore) async -> StoreError? {
        do throws(StoreError) {
            try await resilient(open, name) { () async throws(StoreError) in try await open.store.apply(operations) }
            return nil
        } catch {
            return error
        }
    }

    private func resilient<Value: Sendable>(
        _ open: OpenStateStore,
        _ operation: String,
        _ attempt: @escaping @Sendable () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let start = meter.start
        do throws(StoreError) {
            let value = open.policy.isEmpty ? try await attempt() : try await underPolicy(open, attempt)
            meter.note(since: start) {
                .state(component: open.name, operation: operation, isSuccess: true, elapsed: $0)
            }
            return value
        } catch {
            meter.note(since: start) {
                .state(component: open.name, operation: operation, isSuccess: false, elapsed: $0)
            }
            throw error
        }
    }

    private func underPolicy<Value: Sendable>(
        _ open: OpenStateStore,
        _ attempt: @escaping @Sendable () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let runner = PolicyRunner(policy: open.policy, surroundings: surroundings, meter: meter)
        let timedOut = StoreError.unavailable("context deadline exceeded", outcomeUnknown: true)
        let errors = PolicyRunner.Errors<StoreError>(
            canRetry: \.isTransient,
            refused: { .unavailable("\($0)", outcomeUnknown: false) },
            isTimeout: { $0 == timedOut }
        )
        return try await runner.run(timedOut: timedOut, errors, attempt)
    }
}

extension BulkGetRow {
    /// The row, replaced by that of a missing key where a fault plan omits it.
    fileprivate func omitted(_ keys: Set<ExactText>, _ prefix: KeyPrefix) -> BulkGetRow {
        guard !keys.isEmpty, case .found(let key, _) = self, keys.contains(ExactText(prefix.original(key))) else {
            return self
        }
        return .missing(key: key)
    }
}

/// The answer to a bulk read.
private enum BulkGetAnswer {
    /// `[{"key":"a","data":{…},"etag":"…","metadata":{"ttlExpireTime":"…"}},{"key":"b"}]`; empty when a value is not
    /// JSON.
    static func bytes(_ rows: [BulkGetRow], prefix: KeyPrefix) -> [UInt8] {
        var writer = JSONWriter(escapingHTML: true)
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.key("key")
            switch row {
            case .found(let key, let value):
                writer.string(prefix.original(key))
                writer.key("data")
                do throws(JSONError) {
                    _ = try JSONValue(parsing: value.value)
                } catch {
                    return []
                }
                writer.raw(value.value)
                writer.key("etag")
                writer.string(value.etag)
                if let expires = value.expires {
                    writer.key("metadata")
                    writer.value(["ttlExpireTime": .string(expires.rfc3339)])
                }
            case .missing(let key): writer.string(prefix.original(key))
            case .nameless: writer.string("")
            case .failed(let key, let error):
                writer.string(prefix.original(key))
                writer.key("error")
                writer.string(error)
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
