/// Calls the building blocks of a [Dapr](https://dapr.io) sidecar over its HTTP API.
///
/// ```swift
/// let dapr = DaprClient(transport: transport)
/// try await dapr.save("statestore", [StateItem("greeting", value: "hello")])
/// let greeting = try await dapr.state("statestore", "greeting")?.decoded(String.self)
/// ```
///
/// A client is a small value: copy it, keep it, use it from any task. It holds no connection; its ``DaprTransport`` does.
/// Every call is one exchange with the sidecar, is never repeated by the library, ends within ``timeout``, and ends early when
/// its task is cancelled. Every failure is a ``DaprError``, which says whether a write may have happened.
///
/// The calls rest on Dapr's [API reference](https://docs.dapr.io/reference/api/) and were checked against daprd 1.18.
public struct DaprClient: Sendable {
    /// The time allowed for one call, connecting included.
    public var timeout: Duration
    /// The longest answer that is accepted, in bytes.
    public var maximumAnswerBytes: Int
    private let transport: any DaprTransport
    private let apiToken: String?

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - transport: carries the requests to the sidecar.
    ///   - apiToken: the sidecar's `DAPR_API_TOKEN`, sent with every call as `dapr-api-token`; `nil` or empty when it has none.
    ///     See [API token authentication](https://docs.dapr.io/operations/security/api-token/).
    ///   - timeout: the time allowed for one call, connecting included.
    ///   - maximumAnswerBytes: the longest answer that is accepted.
    public init(
        transport: any DaprTransport,
        apiToken: String? = nil,
        timeout: Duration = .seconds(30),
        maximumAnswerBytes: Int = 16 << 20
    ) {
        self.transport = transport
        self.apiToken = apiToken.flatMap { $0.isEmpty ? nil : $0 }
        self.timeout = timeout
        self.maximumAnswerBytes = maximumAnswerBytes
    }

    /// The same client with another time allowed for each call, to keep a deadline: `dapr.with(timeout: rest).state(…)`.
    public func with(timeout: Duration) -> DaprClient {
        var copy = self
        copy.timeout = timeout
        return copy
    }
}

extension DaprClient {
    /// Sends one request with the token and the trace, and returns the answer whatever its status is.
    func send(
        _ operation: Operation,
        _ method: String,
        _ path: RequestPath,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        contentType: String? = nil,
        trace: TraceContext?
    ) async throws(DaprError) -> DaprResponse {
        let request = try request(operation, method, path, headers, body, contentType, trace)
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
            maximumBodyBytes: maximumAnswerBytes,
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
