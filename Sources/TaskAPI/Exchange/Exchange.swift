import Dapr
import HTTPServer
import Tasks

/// What is known of a request beside the request itself, from its head on.
struct Exchange: Sendable {
    /// The pattern of the route, for example `/api/tasks/{id}`; `unmatched` when none was found.
    let route: String
    let meter: RouteMeter
    let parameters: PathParameters
    let correlationID: CorrelationID
    /// Our own step in the caller's trace, or the first step of a new one.
    let trace: TraceContext
    let started: ContinuousClock.Instant
    /// Who asks, once the token was verified.
    var owner: OwnerID?

    /// The first path segments that links to tasks begin with: the family the client itself used.
    var collectionPath: String {
        guard let user = parameters["user_id"] else { return "/api/tasks" }
        return "/api/\(PercentEncoding.encoded(user))/tasks"
    }
}

extension HTTPRequest {
    /// Whether the method asks for nothing to change.
    var isRead: Bool { method == .get || method == .head || method == .options }
}
