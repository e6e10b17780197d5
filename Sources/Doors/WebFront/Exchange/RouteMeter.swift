package import DaprHTTP
package import DaprMetrics
import Synchronization

/// Counts the requests of one route; looks each metric's child up once instead of at every request.
package final class RouteMeter: Sendable {
    private let route: String
    private let method: String
    private let requests: Counter
    private let durations: HistogramChild
    private let byStatus = Mutex<[(status: Int, requests: CounterChild)]>([])

    /// Creates a meter that counts in two metrics of the service.
    package init(_ method: HTTPMethod, _ route: String, requests: Counter, durations: Histogram) {
        self.route = route
        self.method = method.isKnown || method == .unread ? method.rawValue : "OTHER"
        self.requests = requests
        self.durations = durations.child(self.method, route)
    }

    /// Counts an answer and the time it took.
    package func count(_ status: HTTPStatus, _ duration: Duration) {
        let child = byStatus.withLock { known in
            if let row = known.first(where: { $0.status == status.code }) { return row.requests }
            let child = requests.child(method, route, String(status.code))
            known.append((status.code, child))
            return child
        }
        child.increment()
        durations.observe(duration)
    }
}

extension HTTPMethod {
    /// What stands for the method of a request that could not be read.
    static let unread = HTTPMethod(rawValue: "UNREAD")
}
