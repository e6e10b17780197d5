internal import DaprJSON

extension DaprClient {
    /// Tries to take a lock, without waiting for it.
    ///
    /// A lock is **advisory and ends by itself**: there is no renewal and no fencing token, so work that takes longer than `expiry`
    /// runs beside the next holder's. Let what it writes depend on an ETag as well. The API is alpha; `lock.redis` is its only store.
    ///
    /// See [Distributed lock API: lock](https://docs.dapr.io/reference/api/distributed_lock_api/#lock).
    ///
    /// - Parameters:
    ///   - resource: what the lock guards; not empty.
    ///   - store: the lock store component.
    ///   - owner: who takes it; not empty, and the same text to unlock.
    ///   - expiry: how long it is held at most; positive, rounded up to whole seconds, less than 2^31 s.
    ///   - trace: the trace to continue.
    /// - Returns: whether the lock was taken; false while it is held.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the lock may be held by this owner now: unlock it, or wait until
    ///   it has expired.
    public func tryLock(
        _ resource: LockResourceID,
        in store: LockStoreName,
        owner: LockOwner,
        expiry: Duration,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> Bool {
        let operation = Operation("POST lock/{store}", store.rawValue, .writes)
        guard let seconds = SecondsText.wholeSeconds(expiry) else {
            throw operation.invalidArgument("the expiry of a lock is not positive, or 2^31 seconds or more")
        }
        let body = try lockBody(resource, owner, expiryInSeconds: seconds, operation)
        return try await post("/v1.0-alpha1/lock", store, body, operation, trace) { response throws(DaprError) in
            guard let isTaken = JSONAnswer(response)?.value["success"]?.boolValue else {
                throw operation.unreadableAnswer(response, "an object with success was expected")
            }
            return isTaken
        }
    }

    /// Gives a lock back, if this owner holds it.
    ///
    /// See [Distributed lock API: unlock](https://docs.dapr.io/reference/api/distributed_lock_api/#unlock).
    ///
    /// - Parameters:
    ///   - resource: what the lock guards; not empty.
    ///   - store: the lock store component.
    ///   - owner: who holds it, as it was taken; not empty.
    ///   - trace: the trace to continue.
    /// - Returns: what came of it.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the lock may be held still: unlocking again is safe.
    public func unlock(
        _ resource: LockResourceID,
        in store: LockStoreName,
        owner: LockOwner,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> UnlockResult {
        let operation = Operation("POST unlock/{store}", store.rawValue, .writes)
        let body = try lockBody(resource, owner, expiryInSeconds: nil, operation)
        return try await post("/v1.0-alpha1/unlock", store, body, operation, trace) { response throws(DaprError) in
            guard let result = JSONAnswer(response)?.value["status"]?.intValue.flatMap(UnlockResult.init) else {
                throw operation.unreadableAnswer(response, "an object with a status of 0 to 3 was expected")
            }
            return result
        }
    }

    private func post<Answer>(
        _ fixed: StaticString,
        _ store: LockStoreName,
        _ body: [UInt8],
        _ operation: Operation,
        _ trace: TraceContext?,
        _ read: (DaprResponse) throws(DaprError) -> Answer
    ) async throws(DaprError) -> Answer {
        if store.rawValue.isEmpty { throw operation.invalidArgument("the name of the lock store is empty") }
        var path = RequestPath(fixed)
        path.append(segment: store.rawValue)
        return try await exchange(
            operation,
            "POST",
            path,
            body: body,
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            guard response.isSuccess else { throw operation.refusal(response) }
            return try read(response)
        }
    }

    private func lockBody(
        _ resource: LockResourceID,
        _ owner: LockOwner,
        expiryInSeconds: Int?,
        _ operation: Operation
    ) throws(DaprError) -> [UInt8] {
        if resource.rawValue.isEmpty { throw operation.invalidArgument("the resource of the lock is empty") }
        if owner.rawValue.isEmpty { throw operation.invalidArgument("the owner of the lock is empty") }
        var json = JSONWriter(capacity: 128)
        json.beginObject()
        json.key("resourceId")
        json.string(resource.rawValue)
        json.key("lockOwner")
        json.string(owner.rawValue)
        if let expiryInSeconds {
            json.key("expiryInSeconds")
            json.integer(expiryInSeconds)
        }
        json.endObject()
        return json.bytes
    }
}
