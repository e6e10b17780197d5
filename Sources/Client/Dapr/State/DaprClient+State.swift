extension DaprClient {
    /// Reads one value; `nil` when there is none, or it has expired.
    ///
    /// See [State API: get](https://docs.dapr.io/reference/api/state_api/#get-state).
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - store: the state store component.
    ///   - consistency: how current the answer must be; `nil` is the store's default.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    ///   - trace: the trace to continue.
    /// - Returns: the value with its ETag, or `nil`.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notConfigured`` when there is no such store. A read never has an unknown outcome.
    public func getState(
        _ key: StateKey,
        in store: StateStoreName,
        consistency: StateConsistency? = nil,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> StateEntry? {
        let operation = Operation("GET state/{store}/{key}", store.rawValue, .reads)
        let path = try path(store, key, consistency, metadata, operation)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            try entry(response, operation)
        }
    }

    /// Writes values, each for itself: **not** as a transaction.
    ///
    /// One item is written or not. Of several, the sidecar writes each on its own and at the same time: when the call fails, some may
    /// be written, and ``DaprError/outcomeUnknown`` is then true also for a conflict and a key that exists. Use
    /// ``transactState(_:in:metadata:trace:)`` for all or nothing. An empty list sends nothing.
    ///
    /// See [State API: save](https://docs.dapr.io/reference/api/state_api/#save-state).
    ///
    /// - Parameters:
    ///   - items: the values with their keys, and what each write depends on.
    ///   - store: the state store component.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/conflict`` when an item's ETag is not the stored one,
    ///   ``DaprError/Kind/alreadyExists`` when an item with ``StateConcurrency/firstWrite`` and no ETag has a key that exists. Of several
    ///   items with conditions of both sorts it is always a conflict.
    public func saveState(
        _ items: [StateItem],
        in store: StateStoreName,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        if items.isEmpty { return }
        let operation = Operation("POST state/{store}", store.rawValue, items.count == 1 ? .writes : .writesSeveral)
        let path = try path(store, operation)
        let body = try StateBody.save(items, operation)
        try await exchange(
            operation,
            "POST",
            path,
            body: body.bytes,
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response, guards: body.guards)
        }
    }

    /// Writes one value: `saveState(StateItem("greeting", value: "hello"), in: "statestore")`.
    ///
    /// See [State API: save](https://docs.dapr.io/reference/api/state_api/#save-state).
    ///
    /// - Parameters:
    ///   - item: the value with its key, and what the write depends on.
    ///   - store: the state store component.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/conflict`` when the item's ETag is not the stored one,
    ///   ``DaprError/Kind/alreadyExists`` when it has ``StateConcurrency/firstWrite`` and no ETag, and the key exists.
    public func saveState(
        _ item: StateItem,
        in store: StateStoreName,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        try await saveState([item], in: store, trace: trace)
    }

    /// Removes a key; without an ETag also when it does not exist.
    ///
    /// See [State API: delete](https://docs.dapr.io/reference/api/state_api/#delete-state).
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - store: the state store component.
    ///   - etag: the version that the stored value must have, or `nil` to remove any.
    ///   - concurrency: what to do without an ETag; the in-memory store alone refuses ``StateConcurrency/firstWrite`` when the key exists.
    ///   - consistency: how durable the removal is when it is answered; `nil` is the store's default.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/conflict`` when the ETag is not the stored one or nothing is stored,
    ///   ``DaprError/Kind/alreadyExists`` when there is no ETag and the store refuses `concurrency`.
    public func deleteState(
        _ key: StateKey,
        in store: StateStoreName,
        etag: ETag? = nil,
        concurrency: StateConcurrency? = nil,
        consistency: StateConsistency? = nil,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("DELETE state/{store}/{key}", store.rawValue, .writes)
        var path = try path(store, operation)
        try StateBody.check(key, operation)
        try StateBody.check(etag, operation)
        path.append(segment: key.rawValue)
        if let concurrency { path.append(query: "concurrency", concurrency.rawValue) }
        if let consistency { path.append(query: "consistency", consistency.rawValue) }
        path.append(metadata: metadata)
        var guards = WriteGuards()
        guards.add(key: key, etag: etag, concurrency: concurrency)
        let headers = etag.map { [(name: "if-match", value: $0.rawValue)] } ?? []
        try await exchange(operation, "DELETE", path, headers: headers, trace: trace) { response throws(DaprError) in
            try expectNoContent(operation, response, guards: guards)
        }
    }

    /// Writes and removes several keys, all or nothing, in the order given.
    ///
    /// In-memory, SQLite and PostgreSQL stores roll back whole when one step fails. **Redis does not**, although it claims
    /// transactions; do not use it where all or nothing matters. A store without transactions refuses. An empty list sends nothing.
    ///
    /// See [State API: transactions](https://docs.dapr.io/reference/api/state_api/#state-transactions).
    ///
    /// - Parameters:
    ///   - operations: the steps; a key may occur more than once.
    ///   - store: the state store component.
    ///   - metadata: metadata for the store's transaction, such as `partitionKey`.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``. ``DaprError/Kind/conflict``: an ETag is not the stored one; nothing was written.
    ///   ``DaprError/Kind/alreadyExists``: a step with ``StateConcurrency/firstWrite`` and no ETag has a key that exists; nothing was
    ///   written. With steps of both sorts SQLite's answer does not tell which it was, and is a conflict.
    ///   ``DaprError/Kind/outcomeUnknown``: read a key that the transaction writes to find out whether it did.
    public func transactState(
        _ operations: [StateOperation],
        in store: StateStoreName,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        if operations.isEmpty { return }
        let operation = Operation("POST state/{store}/transaction", store.rawValue, .writes)
        var path = try path(store, operation)
        path.append(fixed: "transaction")
        let body = try StateBody.transaction(operations, metadata: metadata, operation)
        try await exchange(
            operation,
            "POST",
            path,
            body: body.bytes,
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response, guards: body.guards)
        }
    }

    /// Begins the path of a state call.
    func path(_ store: StateStoreName, _ operation: Operation) throws(DaprError) -> RequestPath {
        if store.rawValue.isEmpty { throw operation.invalidArgument("the name of the state store is empty") }
        var path = RequestPath("/v1.0/state")
        path.append(segment: store.rawValue)
        return path
    }

    // These are not inlined: a frame of an async function holds every value of what is inlined into it, and is allocated.
    @inline(never)
    private func path(
        _ store: StateStoreName,
        _ key: StateKey,
        _ consistency: StateConsistency?,
        _ metadata: [String: String],
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        var path = try path(store, operation)
        try StateBody.check(key, operation)
        path.append(segment: key.rawValue)
        if let consistency { path.append(query: "consistency", consistency.rawValue) }
        path.append(metadata: metadata)
        return path
    }

    @inline(never)
    private func entry(_ response: DaprResponse, _ operation: Operation) throws(DaprError) -> StateEntry? {
        switch response.status {
        case 200: break
        case 204: return nil
        case 201...299: throw operation.unreadableAnswer(response, "200 or 204 was expected")
        default: throw operation.refusal(response)
        }
        let (etag, expires) = response.headers("etag", "metadata.ttlexpiretime")
        return StateEntry(
            value: response.body,
            etag: etag.flatMap { $0.isEmpty ? nil : ETag($0) },
            expires: expires.flatMap { DaprTimestamp(parsing: $0) }
        )
    }
}
