public import DaprJSON
internal import DaprText

extension DaprClient {
    /// Calls a method of an actor, which Dapr activates where it is hosted; an actor runs one call at a time.
    ///
    /// See [Actors API: invoke actor method](https://docs.dapr.io/reference/api/actors_api/#invoke-actor-method).
    ///
    /// - Parameters:
    ///   - actor: the actor to call.
    ///   - method: the name of the method; not empty and without a slash.
    ///   - headers: headers for the host, `content-type` among them.
    ///   - body: what the method takes, or `nil` for nothing. Without a `content-type` among the headers it is sent as `application/octet-stream`.
    ///   - trace: the trace to continue.
    /// - Returns: the method's answer: one with a status of success, or the error of a host that marks its errors with the header
    ///   `X-DaprErrorResponseHeader`, as Dapr's SDKs do.
    /// - Throws: ``DaprError``; ``DaprError/Kind/notFound`` when nobody hosts the actor's type or its host answers 404: the method did
    ///   not run. ``DaprError/Kind/outcomeUnknown`` also when the host answers with an error: the sidecar makes one code of all.
    public func invokeActor(
        _ actor: ActorReference,
        method: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        try await invoke(actor, method, headers, body, contentType: "application/octet-stream", trace)
    }

    /// Calls a method of an actor with an argument that is JSON already.
    ///
    /// See [Actors API: invoke actor method](https://docs.dapr.io/reference/api/actors_api/#invoke-actor-method).
    ///
    /// - Parameters:
    ///   - actor: the actor to call.
    ///   - method: the name of the method; not empty and without a slash.
    ///   - headers: headers for the host; a `content-type` among them stands for `application/json`.
    ///   - json: what the method takes, the bytes of exactly one JSON value, sent as they are.
    ///   - trace: the trace to continue.
    /// - Returns: the method's answer: one with a status of success, or the error of a host that marks its errors with the header
    ///   `X-DaprErrorResponseHeader`, as Dapr's SDKs do.
    /// - Throws: ``DaprError``, as ``invokeActor(_:method:headers:body:trace:)`` does.
    public func invokeActor(
        _ actor: ActorReference,
        method: String,
        headers: [(name: String, value: String)] = [],
        json: [UInt8],
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        try await invoke(actor, method, headers, json, contentType: "application/json", trace)
    }

    /// Calls a method of an actor with a JSON value: `invokeActor(pot, method: "pour", value: 2)`.
    ///
    /// See [Actors API: invoke actor method](https://docs.dapr.io/reference/api/actors_api/#invoke-actor-method).
    ///
    /// - Parameters:
    ///   - actor: the actor to call.
    ///   - method: the name of the method; not empty and without a slash.
    ///   - headers: headers for the host; a `content-type` among them stands for `application/json`.
    ///   - value: what the method takes.
    ///   - trace: the trace to continue.
    /// - Returns: the method's answer: one with a status of success, or the error of a host that marks its errors with the header
    ///   `X-DaprErrorResponseHeader`, as Dapr's SDKs do.
    /// - Throws: ``DaprError``, as ``invokeActor(_:method:headers:body:trace:)`` does.
    public func invokeActor(
        _ actor: ActorReference,
        method: String,
        headers: [(name: String, value: String)] = [],
        value: JSONValue,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        try await invoke(actor, method, headers, value.serialized(), contentType: "application/json", trace)
    }

    /// Calls a method of an actor with a value that is encoded to JSON.
    ///
    /// See [Actors API: invoke actor method](https://docs.dapr.io/reference/api/actors_api/#invoke-actor-method).
    ///
    /// - Parameters:
    ///   - actor: the actor to call.
    ///   - method: the name of the method; not empty and without a slash.
    ///   - headers: headers for the host; a `content-type` among them stands for `application/json`.
    ///   - value: what the method takes.
    ///   - trace: the trace to continue.
    /// - Returns: the method's answer: one with a status of success, or the error of a host that marks its errors with the header
    ///   `X-DaprErrorResponseHeader`, as Dapr's SDKs do.
    /// - Throws: ``DaprError``, as ``invokeActor(_:method:headers:body:trace:)`` does; ``DaprError/Kind/invalidArgument`` when the value cannot be
    ///   JSON.
    public func invokeActor(
        _ actor: ActorReference,
        method: String,
        headers: [(name: String, value: String)] = [],
        encoding value: some Encodable,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> DaprResponse {
        let json = try invoking(actor).encoded(value)
        return try await invoke(actor, method, headers, json, contentType: "application/json", trace)
    }

    /// Reads one value of an actor's state; `nil` when there is none.
    ///
    /// The sidecar must be the one of the app that hosts the actor.
    ///
    /// See [Actors API: get actor state](https://docs.dapr.io/reference/api/actors_api/#get-actor-state).
    ///
    /// - Parameters:
    ///   - key: the key; not empty and without `||`.
    ///   - actor: the actor whose state it is.
    ///   - trace: the trace to continue.
    /// - Returns: the value, without an ETag, or `nil`.
    /// - Throws: ``DaprError``; a read never has an unknown outcome.
    public func getActorState(
        _ key: StateKey,
        of actor: ActorReference,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> StateEntry? {
        let operation = Operation("GET actors/{type}/{id}/state/{key}", actor.type.rawValue, .reads)
        let path = try path(actor, stateKey: key, operation)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            try stateAnswer(response, operation)
        }
    }

    /// Writes and removes several keys of an actor's state, all or nothing, in the order given.
    ///
    /// The sidecar must be the one of the app that hosts the actor, and its store for actors one with transactions that roll back (not
    /// Redis). An empty list sends nothing.
    ///
    /// See [Actors API: actor state transactions](https://docs.dapr.io/reference/api/actors_api/#actor-state-transactions).
    ///
    /// - Parameters:
    ///   - operations: the steps; a key may occur more than once.
    ///   - actor: the actor whose state it is.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/refused`` when a step has a time to live and the sidecar's feature `ActorStateTTL` is
    ///   off, ``DaprError/Kind/outcomeUnknown`` when the transaction may have happened.
    public func transactActorState(
        _ operations: [ActorStateOperation],
        of actor: ActorReference,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        if operations.isEmpty { return }
        let operation = Operation("POST actors/{type}/{id}/state", actor.type.rawValue, .writes)
        try await exchange(
            operation,
            "POST",
            try path(actor, "state", operation),
            body: try ActorBody.transaction(operations, operation),
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            try expectTransaction(response, operation)
        }
    }

    private func invoking(_ actor: ActorReference) -> Operation {
        Operation("POST actors/{type}/{id}/method/{method}", actor.type.rawValue, .writes)
    }

    private func invoke(
        _ actor: ActorReference,
        _ method: String,
        _ headers: [(name: String, value: String)],
        _ body: [UInt8]?,
        contentType: String,
        _ trace: TraceContext?
    ) async throws(DaprError) -> DaprResponse {
        let operation = invoking(actor)
        let path = try path(actor, method: method, operation)
        let namesType = headers.contains { $0.name.lowercased() == "content-type" }
        return try await exchange(
            operation,
            "POST",
            path,
            headers: headers,
            body: body,
            contentType: body == nil || namesType ? nil : contentType,
            trace: trace
        ) { response throws(DaprError) in
            try methodAnswer(response, actor, method, operation)
        }
    }

    /// Begins the path of a call about an actor.
    func path(
        _ actor: ActorReference,
        _ part: StaticString,
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        if actor.type.rawValue.isEmpty { throw operation.invalidArgument("the type of the actor is empty") }
        if actor.id.rawValue.isEmpty { throw operation.invalidArgument("the id of the actor is empty") }
        var path = RequestPath("/v1.0/actors")
        path.append(segment: actor.type.rawValue)
        path.append(segment: actor.id.rawValue)
        path.append(fixed: part)
        return path
    }

    // These are not inlined: a frame of an async function holds every value of what is inlined into it, and is allocated.
    @inline(never)
    private func path(
        _ actor: ActorReference,
        method: String,
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        var path = try path(actor, "method", operation)
        if method.isEmpty || method.containsByte("/") {
            throw operation.invalidArgument("the name of the method is empty or has a slash")
        }
        path.append(segment: method)
        return path
    }

    @inline(never)
    private func path(
        _ actor: ActorReference,
        stateKey key: StateKey,
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        var path = try path(actor, "state", operation)
        try StateBody.check(key, operation)
        path.append(segment: key.rawValue)
        return path
    }

    @inline(never)
    private func methodAnswer(
        _ response: DaprResponse,
        _ actor: ActorReference,
        _ method: String,
        _ operation: Operation
    ) throws(DaprError) -> DaprResponse {
        if response.isSuccess || response.header("x-daprerrorresponseheader") != nil { return response }
        if isNotHosted(response, actor, method) { throw operation.refusal(response, as: .notFound) }
        throw operation.refusal(response)
    }

    @inline(never)
    private func stateAnswer(_ response: DaprResponse, _ operation: Operation) throws(DaprError) -> StateEntry? {
        switch response.status {
        case 200:
            let expires = response.header("metadata.ttlexpiretime").flatMap { DaprTimestamp(parsing: $0) }
            return StateEntry(value: response.body, expires: expires)
        case 204: return nil
        case 201...299: throw operation.unreadableAnswer(response, "200 or 204 was expected")
        default: throw operation.refusal(response)
        }
    }

    @inline(never)
    private func expectTransaction(_ response: DaprResponse, _ operation: Operation) throws(DaprError) {
        let answer = response.isSuccess ? nil : ErrorAnswer(response)
        let words = "error saving actor transaction state: ttlInSeconds is not supported without "
        if answer?.code == "ERR_ACTOR_STATE_TRANSACTION_SAVE", answer?.message?.hasBytePrefix(words) == true {
            throw operation.refusal(response, as: .refused)
        }
        try expectNoContent(operation, response)
    }

    /// Whether the method did not run since nobody hosts the actor, or its host does not know the method.
    private func isNotHosted(_ response: DaprResponse, _ actor: ActorReference, _ method: String) -> Bool {
        let answer = ErrorAnswer(response)
        guard answer.code == "ERR_ACTOR_INVOKE_METHOD", let message = answer.message else { return false }
        let (type, id) = (actor.type.rawValue, actor.id.rawValue)
        let prefix = "error invoke actor method: "
        return message == prefix + "actor method not found: actors/\(type)/\(id)/method/\(method)"
            || message.hasBytePrefix(prefix + "failed to lookup actor: ")
                && message.hasByteSuffix("did not find address for actor '\(type)/\(id)'")
    }
}
