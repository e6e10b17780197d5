import Dapr
import HTTPServer
import JSON
import Log
import Metrics
import Synchronization
import Tasks
import Testing
import Tokens

@testable import TaskAPI

/// The API without sockets: a request value goes in, an answer value comes out.
struct APIHarness: Sendable {
    let service = StubTaskService()
    let activity = StubActivity()
    let broker = StubBroker()
    let sink = CollectingSink()
    let metrics = MetricsRegistry()
    let readiness = Switch(true)
    let app: TaskAPIHandler
    let publicAPI: TaskAPIHandler
    let metricsHandler: TaskAPIHandler

    /// The moment at which tokens are looked at.
    static let now = 1_767_323_045

    init(_ adjust: (inout TaskAPIConfiguration) -> Void = { _ in }) throws {
        let readiness = readiness
        let broker = broker
        let time: @Sendable () -> Timestamp = { Timestamp(clamping: Int64(Self.now) * 1000) }
        var configuration = TaskAPIConfiguration(
            service: service,
            activity: activity,
            deadLetters: DeadLetterHandler(
                now: time,
                publish: { (event, topic, key) async throws(DaprError) in try broker.publish(event, topic, key) },
                keep: { broker.keep($0, $1) }
            ),
            authenticator: Authenticator(verifier: try Self.verifier(), now: { Self.now }),
            readiness: ReadinessMonitor(lifetime: .zero) {
                Readiness(checks: [.init(name: "sidecar", isOK: readiness.isOn)])
            },
            topics: TopicNames(pubsub: "pubsub", tasks: "tasks", commands: "task-commands"),
            inFlight: BytesInFlight.Limits(perOwner: 16 << 20, inAll: 96 << 20),
            commandDeadline: .seconds(10),
            now: time,
            logger: Logger(level: .info, sink: sink),
            metrics: metrics
        )
        adjust(&configuration)
        (app, publicAPI, metricsHandler) = configuration.handlers()
    }

    /// Sends a request as its bearer, through the app port's handler.
    func send(
        _ method: HTTPMethod,
        _ target: String,
        as user: String? = "demo",
        headers: HTTPHeaders = [:],
        type: String? = "application/json",
        body: String? = nil
    ) async throws -> Answer {
        var headers = headers
        if let user, headers["Authorization"] == nil {
            headers["Authorization"] = "Bearer \(try Self.token(user))"
        }
        return await send(app, method, target, headers, type, body.map { Array($0.utf8) })
    }

    /// Sends a request as it is.
    func send(
        _ handler: TaskAPIHandler,
        _ method: HTTPMethod,
        _ target: String,
        _ headers: HTTPHeaders = [:],
        _ type: String? = nil,
        _ body: [UInt8]? = nil
    ) async -> Answer {
        var headers = headers
        if let body {
            if headers["Content-Length"] == nil { headers["Content-Length"] = String(body.count) }
            if let type { headers["Content-Type"] = type }
        }
        let request = HTTPRequest(method: method, target: target, headers: headers, body: body ?? [])
        return Answer(await handler.respond(to: request))
    }

    /// Creates a task and gives its identifier.
    func create(_ body: String = #"{"title":"Buy milk"}"#, as user: String = "demo") async throws -> String {
        let answer = try await send(.post, "/api/tasks", as: user, body: body)
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["id"]?.stringValue)
    }

    /// The log lines, read.
    func lines() throws -> [JSONValue] { try sink.lines.map { try JSONValue(parsing: $0) } }

    /// The value of a metric's line, nil when there is none.
    func metric(_ line: String) -> String? {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(line + " ") }.map { String($0.dropFirst(line.count + 1)) }
    }
}

/// An answer as a client reads it.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]

    init(_ response: HTTPResponse) {
        status = response.status.code
        headers = response.headers
        bytes = response.bytes
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The body, null when it is not JSON.
    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var code: String? { json["error"]?["code"]?.stringValue }
    var details: JSONValue? { json["error"]?["details"] }
    /// Field and code of each fault.
    var faults: [String: String] {
        var faults: [String: String] = [:]
        for fault in details?["fields"]?.arrayValue ?? [] {
            if let field = fault["field"]?.stringValue { faults[field] = fault["code"]?.stringValue }
        }
        return faults
    }
}

/// A thing that is on or off, for tests that change it while others look.
final class Switch: Sendable {
    private let state: Mutex<Bool>

    init(_ isOn: Bool) { state = Mutex(isOn) }

    var isOn: Bool { state.withLock { $0 } }
    func turn(_ isOn: Bool) { state.withLock { $0 = isOn } }
}

/// Counts calls from anywhere.
final class Counted: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}
