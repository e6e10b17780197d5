import DaprEventLoop
import DaprHTTP
import DaprHTTPServer
import DaprLibcurl
import Foundation
import Synchronization

/// An application that publishes events to itself: each publisher waits for a delivery before its next event.
final class Subscriber: Sendable {
    private let topics: Int
    private let deliveries = Atomic(0)
    private let isOver = Atomic(false)
    private let waiting = Mutex<(publishers: [CheckedContinuation<Void, Never>], unclaimed: Int)>(([], 0))

    private static let publishers = 64

    private init(topics: Int) { self.topics = topics }

    /// Prints the deliveries a second, over so many of them, and the number of all that there were.
    static func run(sidecarPort: Int, port: Int, topics: Int, seconds: Int) async throws {
        let loops = try EventLoopGroup(count: 1)
        let subscriber = Subscriber(topics: topics)
        let server = HTTPServer(
            HTTPServer.Configuration(address: .tcp(host: "127.0.0.1", port: port)),
            on: loops,
            handler: Handler(subscriber: subscriber)
        )
        try await server.start()
        let client = try CurlClient(on: loops)
        let sidecar = "http://127.0.0.1:\(sidecarPort)"
        let deadline = Date() + 20
        while try await client.send(CurlRequest(url: "\(sidecar)/v1.0/healthz")).status != 204 {
            guard Date() < deadline else { throw BenchmarkError.unreadable("the sidecar is not ready") }
            try await Task.sleep(for: .milliseconds(10))
        }
        let tasks = (0..<publishers).map { number in
            Task(executorPreference: loops.loops[0]) { @Sendable in
                try await subscriber.publish(to: "\(sidecar)/v1.0/publish/bus/t\(number % topics)", by: client)
            }
        }
        try await Task.sleep(for: .milliseconds(500))
        let clock = ContinuousClock()
        let (begin, before) = (clock.now, subscriber.deliveries.load(ordering: .relaxed))
        try await Task.sleep(for: .seconds(seconds))
        let (end, after) = (clock.now, subscriber.deliveries.load(ordering: .relaxed))
        subscriber.isOver.store(true, ordering: .relaxed)
        for task in tasks { try await task.value }
        let rate = Double(after - before) / (begin.duration(to: end) / .seconds(1))
        say("\(rate) \(subscriber.deliveries.load(ordering: .relaxed))")
    }

    private static let event = Array(
        #"{"id":"018f","title":"\#(String(repeating: "x", count: 270))","done":false}"#.utf8
    )

    private func publish(to url: String, by client: CurlClient) async throws {
        let request = CurlRequest(
            method: "POST",
            url: url,
            headers: [("Content-Type", "application/json")],
            body: Self.event
        )
        while !isOver.load(ordering: .relaxed) {
            let response = try await client.send(request)
            guard response.status == 204 else { throw BenchmarkError.unreadable("status \(response.status)") }
            await claim()
        }
    }

    /// Waits for a delivery that no other publisher has taken for its own.
    private func claim() async {
        await withCheckedContinuation { continuation in
            let isThere = waiting.withLock { waiting in
                if waiting.unclaimed > 0 {
                    waiting.unclaimed -= 1
                    return true
                }
                waiting.publishers.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func delivered() {
        deliveries.wrappingAdd(1, ordering: .relaxed)
        let publisher = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            if let publisher = waiting.publishers.popLast() { return publisher }
            waiting.unclaimed += 1
            return nil
        }
        publisher?.resume()
    }

    private struct Handler: HTTPHandler {
        let subscriber: Subscriber

        func accept(_ head: HTTPRequest) -> HTTPAcceptance {
            switch head.path {
            case "/event":
                return .collect(limit: 1 << 20) { [subscriber] _ in
                    subscriber.delivered()
                    return HTTPResponse(.ok)
                }
            case "/dapr/subscribe":
                let entries = (0..<subscriber.topics).map {
                    #"{"pubsubname":"bus","topic":"t\#($0)","route":"/event"}"#
                }
                let body = Array("[\(entries.joined(separator: ","))]".utf8)
                return .refuse(HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: body))
            default: return .refuse(HTTPResponse(.notFound))
            }
        }
    }
}
