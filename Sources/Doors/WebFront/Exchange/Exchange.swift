package import Dapr
package import DaprHTTP

/// Everything known about a request beside the request itself, once its head is there.
package struct Exchange: Sendable {
    /// By reference, because an exchange is passed on many times.
    private let head: ExchangeHead
    /// The sender, once proven.
    package internal(set) var principal: Principal?

    init(_ head: ExchangeHead) { self.head = head }

    var route: String { head.route }
    var meter: RouteMeter { head.meter }
    /// The values of the names in the route's pattern.
    package var parameters: PathParameters { head.parameters }
    /// The identifier that links the answer and the log lines.
    package var correlationID: CorrelationID { head.correlationID }
    /// Our own span in the caller's trace, or the first span of a new one.
    package var trace: TraceContext { head.trace }
    /// The caller's span; `nil` when it sent none.
    var caller: TraceContext? { head.caller }
    /// When the head had arrived.
    package var started: ContinuousClock.Instant { head.started }
}

/// The facts from the head of a request.
final class ExchangeHead: Sendable {
    /// The pattern of the route, for example `/api/tasks/{id}`; `unmatched` when there was none.
    let route: String
    let meter: RouteMeter
    let parameters: PathParameters
    let correlationID: CorrelationID
    /// Our own span in the caller's trace, or the first span of a new one.
    let trace: TraceContext
    /// The caller's span; `nil` when it sent none.
    let caller: TraceContext?
    let started: ContinuousClock.Instant

    init(
        route: String,
        meter: RouteMeter,
        parameters: PathParameters,
        correlationID: CorrelationID,
        trace: TraceContext,
        caller: TraceContext?,
        started: ContinuousClock.Instant
    ) {
        self.route = route
        self.meter = meter
        self.parameters = parameters
        self.correlationID = correlationID
        self.trace = trace
        self.caller = caller
        self.started = started
    }
}

extension HTTPRequest {
    /// Whether the method asks for no change.
    var isRead: Bool { method == .get || method == .head || method == .options }
}
