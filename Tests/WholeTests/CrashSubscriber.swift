import Curl
import EventLoop
import HTTPServer
import JSON
import Synchronization
import Testing

/// A subscriber to `tasks` that lives through everything: it ignores repeats, and takes each change in its turn.
final class CrashSubscriber: HTTPHandler {
    private struct State {
        /// The tasks of the changes from the first on.
        var heard: [String] = []
        /// Those of later changes, which came before their turn.
        var early: [Int: String] = [:]
        /// The sequences of all events, repeats and all.
        var arrivals: [Int] = []
    }

    private let state = Mutex(State())
    private let portNumber = Mutex(0)

    var port: Int { portNumber.withLock { $0 } }
    var heard: [String] { state.withLock { $0.heard } }
    var arrivals: [Int] { state.withLock { $0.arrivals } }

    /// Lends one that listens.
    static func with<T>(_ body: (CrashSubscriber) async throws -> T) async throws -> T {
        let loops = try EventLoopGroup(count: 1)
        let subscriber = CrashSubscriber()
        let configuration = HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0))
        let server = HTTPServer(configuration, on: loops, handler: subscriber)
        try await server.start()
        subscriber.portNumber.withLock { $0 = server.port }
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(subscriber)) } catch { outcome = .failure(error) }
        await server.drain(within: .seconds(1))
        loops.shutdown()
        return try outcome.get()
    }

    func accept(_ head: HTTPRequest) -> HTTPAcceptance {
        .collect(limit: 1 << 20) { [self] request in
            switch request.path {
            case "/dapr/config": return HTTPResponse(.notFound)
            case "/dapr/subscribe":
                let list = #"[{"pubsubname":"pubsub","topic":"tasks","route":"/events"}]"#
                return HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: Array(list.utf8))
            default:
                // Delivered once; what is no event shows as a change that is missing.
                if let event = try? JSONValue(parsing: request.body) { take(event) }
                return HTTPResponse(.ok)
            }
        }
    }

    /// Waits until so many changes were heard.
    func hear(_ count: Int, within patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        while heard.count < count {
            guard ContinuousClock.now < deadline else { throw NotHeard() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    struct NotHeard: Error {}

    private func take(_ event: JSONValue) {
        guard let sequence = event["sequence"]?.intValue, let task = event["subject"]?.stringValue else { return }
        state.withLock { state in
            state.arrivals.append(sequence)
            guard sequence > state.heard.count else { return }
            // The in-memory broker mixes up the events of a bulk publish, as daprd's does.
            state.early[sequence] = task
            while let next = state.early.removeValue(forKey: state.heard.count + 1) { state.heard.append(next) }
        }
    }
}

/// The titles of tasks that were promised.
final class Acknowledged: Sendable {
    private let list = Mutex<[String]>([])

    var titles: [String] { list.withLock { $0 } }

    /// Creates a task; without an answer, or with a 503, nothing is promised.
    /// - Returns: whether it was.
    func create(_ title: String, _ installation: Installation) async -> Bool {
        let answer = try? await installation.send("POST", "/api/tasks", body: #"{"title":"\#(title)"}"#)
        guard answer?.status == 201 else { return false }
        list.withLock { $0.append(title) }
        return true
    }
}
