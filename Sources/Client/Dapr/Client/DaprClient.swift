/// Calls the building blocks of a [Dapr](https://dapr.io) sidecar over its HTTP API.
///
/// ```swift
/// let dapr = DaprClient(transport: transport)
/// try await dapr.saveState(StateItem("greeting", value: "hello"), in: "statestore")
/// let greeting = try await dapr.getState("greeting", in: "statestore")?.decoded(String.self)
/// ```
///
/// A client is a small value: copy it, keep it, use it from any task. It holds no connection; its ``DaprTransport`` does.
/// Every call is one exchange with the sidecar, is never repeated (unless a ``RetryingTransport`` carries it), ends within ``timeout``,
/// and ends early when its task is cancelled. Every failure is a ``DaprError``, which says whether a write may have happened.
///
/// A call is named as Dapr's SDKs name it, what it is about stands first and the component behind `in:`. A value is JSON bytes (`json:`), a
/// `JSONValue` (`value:`) or any `Encodable` (`encoding:`).
///
/// The calls rest on Dapr's [API reference](https://docs.dapr.io/reference/api/) and were checked against daprd 1.18.
public struct DaprClient: Sendable {
    /// The time allowed for one call, connecting included.
    public var timeout: Duration
    /// The longest body of an answer that is accepted, in bytes.
    public var maximumAnswerBytes: Int
    let transport: any DaprTransport
    let apiToken: String?
    /// Held by reference, so that a client without one is no larger for it.
    let instrumentation: InstrumentationReference?

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - transport: carries the requests to the sidecar.
    ///   - apiToken: the sidecar's `DAPR_API_TOKEN`, sent with every call as `dapr-api-token`; `nil` or empty when it has none.
    ///     See [API token authentication](https://docs.dapr.io/operations/security/api-token/).
    ///   - timeout: the time allowed for one call, connecting included.
    ///   - maximumAnswerBytes: the longest body of an answer that is accepted, in bytes.
    ///   - instrumentation: told of every call, for metrics and traces; `nil` costs nothing.
    public init(
        transport: any DaprTransport,
        apiToken: String? = nil,
        timeout: Duration = .seconds(30),
        maximumAnswerBytes: Int = 16 << 20,
        instrumentation: (any DaprInstrumentation)? = nil
    ) {
        self.transport = transport
        self.apiToken = apiToken.flatMap { $0.isEmpty ? nil : $0 }
        self.timeout = timeout
        self.maximumAnswerBytes = maximumAnswerBytes
        self.instrumentation = instrumentation.map(InstrumentationReference.init)
    }

    /// The same client with another time allowed for each call, to keep a deadline: `dapr.with(timeout: rest).getState(…)`.
    ///
    /// - Parameter timeout: the time allowed for one call, connecting included.
    /// - Returns: a copy that calls the same sidecar.
    public func with(timeout: Duration) -> DaprClient {
        var copy = self
        copy.timeout = timeout
        return copy
    }
}
