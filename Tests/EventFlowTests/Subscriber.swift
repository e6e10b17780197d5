import DaprHTTP
import DaprJSON
import Synchronization

/// An application that only listens to our topic.
final class Subscriber: HTTPHandler {
    private let received = Mutex<[JSONValue]>([])

    /// The events so far, as they came.
    var events: [JSONValue] { received.withLock(\.self) }

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 1 << 20) { [self] request in
            switch request.path {
            case "/dapr/subscribe":
                let body = #"[{"pubsubname":"pubsub","topic":"tasks","route":"/tasks"}]"#
                return HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: Array(body.utf8))
            case "/tasks":
                if let event = try? JSONValue(parsing: request.body) { received.withLock { $0.append(event) } }
                return HTTPResponse(.ok)
            default: return HTTPResponse(.notFound)
            }
        }
    }
}
