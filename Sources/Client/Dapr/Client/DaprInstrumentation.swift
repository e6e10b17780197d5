/// Is told when each call of a ``DaprClient`` begins and ends, for metrics and traces.
///
/// ```swift
/// struct SlowCalls: DaprInstrumentation {
///     func begin(_ call: DaprCall) -> DaprCallSpan {
///         DaprCallSpan { end in
///             if end.duration > .seconds(1) { print(call.operation, end.outcome, end.duration) }
///         }
///     }
/// }
/// let dapr = DaprClient(transport: transport, instrumentation: SlowCalls())
/// ```
///
/// Both are called on the task of the call, so they must be quick. A call whose arguments are refused before there is a request, such
/// as an empty key, is not told; nor is a list without entries, which sends nothing.
public protocol DaprInstrumentation: Sendable {
    /// A call begins.
    ///
    /// - Returns: what is told its end, and the trace to send with it.
    func begin(_ call: DaprCall) -> DaprCallSpan
}

/// A call that begins, without its values: all of it may stand in a metric or a log.
public struct DaprCall: Sendable, Hashable {
    /// The call as errors name it, such as `GET state/{store}/{key}`: few in number, so fit for a metric's label.
    public let operation: String
    /// The name of the component or app that is called, or `nil` for the sidecar itself.
    public let component: String?
    /// The trace that the caller gave, or `nil` when it gave none.
    public let trace: TraceContext?

    /// Makes a call, for a test of an instrumentation.
    public init(operation: String, component: String? = nil, trace: TraceContext? = nil) {
        self.operation = operation
        self.component = component
        self.trace = trace
    }
}

/// What an instrumentation keeps of a call until it ends.
public struct DaprCallSpan: Sendable {
    /// The trace that the call carries to the sidecar instead of the caller's, or `nil` to leave that as it is.
    public let trace: TraceContext?
    /// Called once, when the call has ended.
    public let end: @Sendable (DaprCallEnd) -> Void

    /// Makes a span.
    public init(trace: TraceContext? = nil, end: @escaping @Sendable (DaprCallEnd) -> Void) {
        self.trace = trace
        self.end = end
    }
}

/// How a call ended.
public struct DaprCallEnd: Sendable, Hashable {
    /// What the caller gets thrown, or `nil` when the call succeeded.
    public let error: DaprError?
    /// The time between begin and end, with whatever the transport waited or repeated.
    public let duration: Duration

    /// Makes an end, for a test of an instrumentation.
    public init(error: DaprError?, duration: Duration) {
        self.error = error
        self.duration = duration
    }

    /// One word for a metric's label: `success`, or the error's kind in snake case, such as `outcome_unknown`.
    ///
    /// A call that was cancelled when its write may have happened is `cancelled`, as its kind says.
    public var outcome: String {
        switch error?.kind {
        case nil: "success"
        case .conflict: "conflict"
        case .alreadyExists: "already_exists"
        case .notFound: "not_found"
        case .notConfigured: "not_configured"
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .timedOut: "timed_out"
        case .cancelled: "cancelled"
        case .outcomeUnknown: "outcome_unknown"
        case .invalidArgument: "invalid_argument"
        case .unreadableAnswer: "unreadable_answer"
        }
    }
}

/// Holds an instrumentation in one word.
final class InstrumentationReference: Sendable {
    private let instrumentation: any DaprInstrumentation

    init(_ instrumentation: any DaprInstrumentation) { self.instrumentation = instrumentation }

    /// Tells the begin of a call.
    func begin(_ operation: Operation, _ trace: TraceContext?) -> ObservedCall {
        let begin = ContinuousClock.now
        let call = DaprCall(operation: operation.name, component: operation.component, trace: trace)
        return ObservedCall(span: instrumentation.begin(call), begin: begin)
    }
}

/// A call of which an instrumentation knows.
struct ObservedCall: Sendable {
    let span: DaprCallSpan
    fileprivate let begin: ContinuousClock.Instant

    /// Tells the end of the call.
    func end(_ outcome: Result<some Any, DaprError>) {
        let error: DaprError? =
            switch outcome {
            case .success: nil
            case .failure(let error): error
            }
        span.end(DaprCallEnd(error: error, duration: .now - begin))
    }
}
