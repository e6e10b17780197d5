import Dapr
import DaprText
import HTTPServer
import Tasks

/// What is known of a request beside the request itself, from its head on.
struct Exchange: Sendable {
    /// Held by reference, since an exchange goes through many hands.
    private let head: ExchangeHead
    /// Who asks, once the token was verified.
    var owner: OwnerID?

    init(_ head: ExchangeHead) { self.head = head }

    var route: String { head.route }
    var meter: RouteMeter { head.meter }
    var parameters: PathParameters { head.parameters }
    var correlationID: CorrelationID { head.correlationID }
    var trace: TraceContext { head.trace }
    var started: ContinuousClock.Instant { head.started }

    /// The first path segments that links to tasks begin with: the family the client itself used.
    var collectionPath: String {
        guard let user = parameters["user_id"] else { return "/api/tasks" }
        return "/api/\(PercentEncoding.encoded(user))/tasks"
    }
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
