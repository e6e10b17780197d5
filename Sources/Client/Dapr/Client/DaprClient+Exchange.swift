extension DaprClient {
    /// Sends one request with the token and the trace, and has the answer read, whatever its status is.
    ///
    /// What reading throws is the outcome of the call, which the instrumentation is told.
    func exchange<Answer>(
        _ operation: Operation,
        _ method: String,
        _ path: RequestPath,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        contentType: String? = nil,
        trace: TraceContext?,
        _ read: (DaprResponse) throws(DaprError) -> Answer
    ) async throws(DaprError) -> Answer {
        if let instrumentation {
            let call = instrumentation.begin(operation, trace)
            let outcome: Result<Answer, DaprError>
            do throws(DaprError) {
                let trace = call.span.trace ?? trace
                let request = try request(operation, method, path, headers, body, contentType, trace)
                outcome = .success(try read(await send(request, operation)))
            } catch {
                outcome = .failure(error)
            }
            call.end(outcome)
            return try outcome.get()
        }
        return try read(await send(request(operation, method, path, headers, body, contentType, trace), operation))
    }

    private func send(_ request: DaprRequest, _ operation: Operation) async throws(DaprError) -> DaprResponse {
        do throws(DaprTransportError) {
            return try await transport.send(request)
        } catch {
            throw operation.failure(error)
        }
    }

    // Not inlined: a frame of an async function holds every value of what is inlined into it, and is allocated.
    @inline(never)
    private func request(
        _ operation: Operation,
        _ method: String,
        _ path: RequestPath,
        _ headers: [(name: String, value: String)],
        _ body: [UInt8]?,
        _ contentType: String?,
        _ trace: TraceContext?
    ) throws(DaprError) -> DaprRequest {
        var all = headers
        if let apiToken { all.append(("dapr-api-token", apiToken)) }
        if let contentType { all.append(("content-type", contentType)) }
        guard all.isEmpty || HeaderRules.accepts(all) else {
            throw operation.invalidArgument("a header's name is not a token, or its value has a control character")
        }
        if let trace {
            // Checked when the context was made.
            all.append(("traceparent", trace.traceparent))
            if let tracestate = trace.tracestate { all.append(("tracestate", tracestate)) }
        }
        if Task.isCancelled { throw DaprError(.cancelled, operation: operation.name, component: operation.component) }
        return DaprRequest(
            method: method,
            path: path.text,
            headers: all,
            body: body,
            timeout: timeout,
            maximumAnswerBytes: maximumAnswerBytes,
            mayRepeat: operation.effect == .reads
        )
    }

    /// Takes 204 for success and everything else for a failure.
    func expectNoContent(
        _ operation: Operation,
        _ response: DaprResponse,
        guards: WriteGuards? = nil
    ) throws(DaprError) {
        if response.status == 204 { return }
        if response.isSuccess { throw operation.unreadableAnswer(response, "204 was expected") }
        throw operation.refusal(response, guards: guards)
    }
}
