import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprJSON
import DaprLibcurl
import Synchronization
import Testing

/// A subscriber to `tasks` that lives through everything: it ignores repeats, and takes each change of an owner in its turn.
///
/// It stands between the sidecar and the servers, and brings each event to one of them too, so that the activity is made.
final class CrashSubscriber: HTTPHandler {
    struct Heard {
        /// The tasks of the changes from the first on.
        var tasks: [String] = []
        /// Those of later changes, which came before their turn.
        var early: [Int: String] = [:]
        /// The sequences of all events, repeats and all.
        var arrivals: [Int] = []
    }

    private let state = Mutex<[String: Heard]>([:])
    /// The events that no server took.
    private let untaken = Mutex<[[UInt8]]>([])
    private let portNumber = Mutex(0)
    private let client: CurlClient
    private let servers: [Int]

    var port: Int { portNumber.withLock { $0 } }

    private init(_ client: CurlClient, _ servers: [Int]) {
        self.client = client
        self.servers = servers
    }

    /// What came of an owner's changes.
    func heard(of owner: String = "demo") -> Heard { state.withLock { $0[owner] ?? Heard() } }

    /// Begins anew, as one does whose events were taken back with the store.
    func forget() { state.withLock { $0 = [:] } }

    /// Lends one that listens, beside servers on these ports.
    static func with<T>(servers: [Int], _ body: (CrashSubscriber) async throws -> T) async throws -> T {
        let loops = try EventLoopGroup(count: 1)
        let client = try CurlClient(on: loops)
        let subscriber = CrashSubscriber(client, servers)
        let configuration = HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: 0))
        let server = HTTPServer(configuration, on: loops, handler: subscriber)
        try await server.start()
        subscriber.portNumber.withLock { $0 = server.port }
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(subscriber)) } catch { outcome = .failure(error) }
        await server.drain(within: .seconds(1))
        await client.shutdown()
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
                await forward(request.body)
                return HTTPResponse(.ok)
            }
        }
    }

    /// Waits until so many changes of an owner were heard.
    func hear(_ count: Int, of owner: String = "demo", within patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        while heard(of: owner).tasks.count < count {
            guard ContinuousClock.now < deadline else { throw NotHeard() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    struct NotHeard: Error {}

    private func take(_ event: JSONValue) {
        guard let owner = event["owner"]?.stringValue, let sequence = event["sequence"]?.intValue,
            let task = event["subject"]?.stringValue
        else { return }
        state.withLock { state in
            state[owner, default: Heard()].take(sequence, task)
        }
    }

    /// Brings what no server took to them again, as a broker would.
    func bringAgain() async {
        for event in untaken.withLock({ events in
            defer { events = [] }
            return events
        }) { await forward(event) }
    }

    /// Brings an event to the first server that takes it.
    private func forward(_ event: [UInt8]) async {
        for port in servers {
            var request = CurlRequest(
                method: "POST",
                url: "http://127.0.0.1:\(port)/events/tasks",
                headers: [("Content-Type", "application/cloudevents+json")]
            )
            request.body = event
            // One that stands still takes nothing.
            request.timeout = .milliseconds(500)
            if let answer = try? await client.send(request), answer.status == 200 { return }
        }
        untaken.withLock { $0.append(event) }
    }
}

extension CrashSubscriber.Heard {
    fileprivate mutating func take(_ sequence: Int, _ task: String) {
        arrivals.append(sequence)
        guard sequence > tasks.count else { return }
        // The in-memory broker mixes up the events of a bulk publish, as daprd's does.
        early[sequence] = task
        while let next = early.removeValue(forKey: tasks.count + 1) { tasks.append(next) }
    }
}
