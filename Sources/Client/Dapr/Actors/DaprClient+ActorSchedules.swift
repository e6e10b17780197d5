extension DaprClient {
    /// Registers a reminder of an actor, which survives its deactivation and restarts of its host.
    ///
    /// The sidecar must be the one of an app that hosts the actor's type.
    ///
    /// See [Actors API: create actor reminder](https://docs.dapr.io/reference/api/actors_api/#create-actor-reminder).
    ///
    /// - Parameters:
    ///   - name: the reminder among those of the actor; not empty.
    ///   - actor: the actor to remind.
    ///   - reminder: when it calls, and with what.
    ///   - overwrite: replace a reminder of the same name.
    ///   - trace: the trace to continue; the calls of the reminder do not belong to it.
    /// - Throws: ``DaprError``; ``DaprError/Kind/alreadyExists`` when the name is taken and `overwrite` is false,
    ///   ``DaprError/Kind/outcomeUnknown`` when the reminder may be registered: read it to find out.
    public func registerActorReminder(
        _ name: ActorScheduleName,
        of actor: ActorReference,
        _ reminder: ActorSchedule,
        overwrite: Bool = true,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("POST actors/{type}/{id}/reminders/{name}", actor.type.rawValue, .writes)
        try await exchange(
            operation,
            "POST",
            try path(actor, "reminders", name, operation),
            body: try ActorBody.schedule(reminder, overwrite: overwrite, operation),
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response, guards: .newName)
        }
    }

    /// Reads a reminder; `nil` when the actor has none of that name.
    ///
    /// The period comes back in the scheduler's words, such as `@every 1h0m0s`.
    ///
    /// See [Actors API: get actor reminder](https://docs.dapr.io/reference/api/actors_api/#get-actor-reminder).
    ///
    /// - Parameters:
    ///   - name: the reminder among those of the actor; not empty.
    ///   - actor: the actor.
    ///   - trace: the trace to continue.
    /// - Returns: the reminder, or `nil`.
    /// - Throws: ``DaprError``; a read never has an unknown outcome.
    public func getActorReminder(
        _ name: ActorScheduleName,
        of actor: ActorReference,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> ActorSchedule? {
        let operation = Operation("GET actors/{type}/{id}/reminders/{name}", actor.type.rawValue, .reads)
        let path = try path(actor, "reminders", name, operation)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            guard response.isSuccess else {
                let error = operation.refusal(response)
                if error.errorCode == "ERR_ACTOR_REMINDER_NOT_FOUND" { return nil }
                throw error
            }
            guard let reminder = JSONAnswer(response).flatMap(ActorBody.schedule) else {
                throw operation.unreadableAnswer(response, "a reminder was expected")
            }
            return reminder
        }
    }

    /// Ends a reminder; also when the actor has none of that name.
    ///
    /// See [Actors API: delete actor reminder](https://docs.dapr.io/reference/api/actors_api/#delete-actor-reminder).
    ///
    /// - Parameters:
    ///   - name: the reminder among those of the actor; not empty.
    ///   - actor: the actor.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when it may have ended: ending it again is safe.
    public func unregisterActorReminder(
        _ name: ActorScheduleName,
        of actor: ActorReference,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("DELETE actors/{type}/{id}/reminders/{name}", actor.type.rawValue, .writes)
        let path = try path(actor, "reminders", name, operation)
        try await exchange(operation, "DELETE", path, trace: trace) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }

    /// Registers a timer of an actor, which ends when the actor is deactivated; one of the same name is replaced.
    ///
    /// The sidecar must be the one of the app that hosts the actor.
    ///
    /// See [Actors API: create actor timer](https://docs.dapr.io/reference/api/actors_api/#create-actor-timer).
    ///
    /// - Parameters:
    ///   - name: the timer among those of the actor; not empty.
    ///   - actor: the actor to call.
    ///   - timer: when it calls, and with what.
    ///   - callback: a text for the actor to tell what to do, such as the name of a method; `nil` for none.
    ///   - trace: the trace to continue; the calls of the timer do not belong to it.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the timer may be registered: registering it again is safe.
    public func registerActorTimer(
        _ name: ActorScheduleName,
        of actor: ActorReference,
        _ timer: ActorSchedule,
        callback: String? = nil,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("POST actors/{type}/{id}/timers/{name}", actor.type.rawValue, .writes)
        try await exchange(
            operation,
            "POST",
            try path(actor, "timers", name, operation),
            body: try ActorBody.schedule(timer, callback: callback, operation),
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }

    /// Ends a timer; also when the actor has none of that name.
    ///
    /// See [Actors API: delete actor timer](https://docs.dapr.io/reference/api/actors_api/#delete-actor-timer).
    ///
    /// - Parameters:
    ///   - name: the timer among those of the actor; not empty.
    ///   - actor: the actor.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when it may have ended: ending it again is safe.
    public func unregisterActorTimer(
        _ name: ActorScheduleName,
        of actor: ActorReference,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("DELETE actors/{type}/{id}/timers/{name}", actor.type.rawValue, .writes)
        let path = try path(actor, "timers", name, operation)
        try await exchange(operation, "DELETE", path, trace: trace) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }

    private func path(
        _ actor: ActorReference,
        _ part: StaticString,
        _ name: ActorScheduleName,
        _ operation: Operation
    ) throws(DaprError) -> RequestPath {
        var path = try path(actor, part, operation)
        if name.rawValue.isEmpty { throw operation.invalidArgument("the name of the reminder or timer is empty") }
        path.append(segment: name.rawValue)
        return path
    }
}
