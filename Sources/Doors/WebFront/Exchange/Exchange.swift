package import Dapr
package import DaprHTTP

/// What is known of a request beside the request itself, from its head on.
package struct Exchange: Sendable {
    /// Held by reference, since an exchange goes through many hands.
    private let head: ExchangeHead
    /// Who asks, once that was proven.
    package internal(set) var principal: Principal?

    init(_ head: ExchangeHead) { self.head = head }

    var route: String { head.route }
    var meter: RouteMeter { head.meter }
    /// What the names of the route's pattern stand for.
    package var parameters: PathParameters { head.parameters }
    /// What ties answer and log lines together.
    package var correlationID: CorrelationID { head.correlationID }
    /// Our own step in the caller's trace, or the first step of a new one.
    package var trace: TraceContext { head.trace }
    /// When the head had come.
    package var started: ContinuousClock.Instant { head.started }
}

/// What the head of a request tells.
final class ExchangeHead: Sendable {
    /// The pattern of the route, for example `/api/tasks/{id}`; `unmatched` when none was found.
    let route: String
    let meter: RouteMeter
    let parameters: PathParameters
    let correlationID: CorrelationID
    /// Our own step in the caller's trace, or the first step of a new one.
    let trace: TraceContext
    let started: ContinuousClock.Instant

    init(
        route: String,
        meter: RouteMeter,
        parameters: PathParameters,
        correlationID: CorrelationID,
        trace: TraceContext,
        started: ContinuousClock.Instant
    ) {
        self.route = route
        self.meter = meter
        self.parameters = parameters
        self.correlationID = correlationID
        self.trace = trace
        self.started = started
    }
}

extension HTTPRequest {
    /// Whether the method asks for nothing to change.
    var isRead: Bool { method == .get || method == .head || method == .options }
}
