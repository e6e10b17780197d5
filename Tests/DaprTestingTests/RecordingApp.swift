import DaprHTTP
import DaprJSON
import Synchronization
import Testing

/// An application in the test's process: it subscribes to topics of `pubsub` and keeps what comes.
final class RecordingApp: HTTPHandler {
    private let subscriptions: String
    private let received = Mutex<[HTTPRequest]>([])
    private let answer: @Sendable (HTTPRequest) async -> HTTPResponse

    init(
        topics: [String] = [],
        bulk: String = "",
        answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse = { _ in HTTPResponse(.ok) }
    ) {
        let rows = topics.map { #"{"pubsubname":"pubsub","topic":"\#($0)","route":"/events"\#(bulk)}"# }
        subscriptions = "[\(rows.joined(separator: ","))]"
        self.answer = answer
    }

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 1 << 20) { [self] request in
            switch request.path {
            case "/dapr/config": return HTTPResponse(.notFound)
            case "/dapr/subscribe":
                return HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: Array(subscriptions.utf8))
            default:
                received.withLock { $0.append(request) }
                return await answer(request)
            }
        }
    }

    /// Everything that was delivered or invoked.
    var requests: [HTTPRequest] { received.withLock { $0 } }

    /// The identifiers of the events, in the order they came; those of a bulk delivery one by one.
    var ids: [String] {
        requests.flatMap { request -> [String] in
            guard let body = try? JSONValue(parsing: request.body) else { return [] }
            guard let entries = body["entries"]?.arrayValue else { return [body["id"]?.stringValue ?? ""] }
            return entries.map { $0["event"]?["id"]?.stringValue ?? "" }
        }
    }
}
