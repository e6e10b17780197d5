extension DaprClient {
    /// Reads many values with one call.
    ///
    /// Every key is asked for once, however often it is given. The answer has a result for every key; a value that could not be read
    /// is a result of its own and does not fail the call. The reads are not one snapshot: a write between two of them can be seen by one.
    ///
    /// See [State API: bulk get](https://docs.dapr.io/reference/api/state_api/#get-bulk-state).
    ///
    /// - Parameters:
    ///   - keys: the keys; not empty and without `||`. An empty list sends nothing.
    ///   - store: the state store component.
    ///   - parallelism: how many keys the sidecar asks for at a time, for stores without a bulk read of their own; `nil` is its default.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    ///   - trace: the trace to continue.
    /// - Returns: a result for every key.
    /// - Throws: ``DaprError``; ``DaprError/Kind/unreadableAnswer`` also when a stored value of another program is not JSON: the sidecar
    ///   then answers nothing for all keys.
    public func getBulkState(
        _ keys: [StateKey],
        in store: StateStoreName,
        parallelism: Int? = nil,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [StateKey: BulkStateResult] {
        var answer = BulkStateAnswer()
        for key in keys { _ = answer.ask(key) }
        let results = try await results(store, answer, parallelism: parallelism, metadata: metadata, trace: trace)
        return Dictionary(zip(answer.keys, results)) { first, _ in first }
    }

    /// Reads many values with one call, as ``getBulkState(_:in:parallelism:metadata:trace:)`` does, and answers entry by entry.
    ///
    /// For callers that know the place of each key: no dictionary is made.
    ///
    /// See [State API: bulk get](https://docs.dapr.io/reference/api/state_api/#get-bulk-state).
    ///
    /// - Parameters:
    ///   - keys: the keys; not empty and without `||`. One that is given twice is asked for once and answered twice.
    ///   - store: the state store component.
    ///   - parallelism: how many keys the sidecar asks for at a time, for stores without a bulk read of their own; `nil` is its default.
    ///   - metadata: metadata for the store, such as `partitionKey`.
    ///   - trace: the trace to continue.
    /// - Returns: for each key, in the order given, its result.
    /// - Throws: ``DaprError``, as ``getBulkState(_:in:parallelism:metadata:trace:)`` does.
    public func getBulkState(
        each keys: [StateKey],
        in store: StateStoreName,
        parallelism: Int? = nil,
        metadata: [String: String] = [:],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [BulkStateResult] {
        var answer = BulkStateAnswer()
        let places = keys.map { answer.ask($0) }
        let results = try await results(store, answer, parallelism: parallelism, metadata: metadata, trace: trace)
        return places.map { results[$0] }
    }

    /// A result for each key that the answer is to have.
    private func results(
        _ store: StateStoreName,
        _ answer: BulkStateAnswer,
        parallelism: Int?,
        metadata: [String: String],
        trace: TraceContext?
    ) async throws(DaprError) -> [BulkStateResult] {
        if answer.keys.isEmpty { return [] }
        let operation = Operation("POST state/{store}/bulk", store.rawValue, .reads)
        var path = try path(store, operation)
        path.append(fixed: "bulk")
        let body = try StateBody.bulkGet(answer.keys, parallelism: parallelism, metadata: metadata, operation)
        return try await exchange(
            operation,
            "POST",
            path,
            body: body,
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            guard response.isSuccess else { throw operation.refusal(response) }
            guard let results = answer.results(response.body) else {
                throw operation.unreadableAnswer(response, "an array of keys and values was expected")
            }
            return results
        }
    }
}
