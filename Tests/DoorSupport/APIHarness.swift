import Dapr
package import DaprHTTP
package import DaprJSON
package import DaprLog
package import DaprMetrics
import Foundation
package import OpenTelemetry
import Synchronization
package import TaskAPI
import TaskEvents
import Tasks
import Testing
package import Tokens
package import WebFront

/// The API without sockets: a request value goes in, an answer value comes out.
package struct APIHarness: Sendable {
    package let service = StubTaskService()
    package let activity = StubActivity()
    package let broker = StubBroker()
    package let sink = CollectingSink()
    package let metrics = MetricsRegistry()
    package let readiness = Switch(true)
    /// What answers `/ready`.
    package let monitor: ReadinessMonitor
    package let app: DoorHandler
    package let publicAPI: DoorHandler
    package let metricsHandler: DoorHandler
    /// All errors that clients can be told.
    package let errors: ErrorTable
    /// What tokens are verified with, unless a test has an authenticator of its own.
    package let trust: TokenTrust

    /// The moment at which tokens are looked at.
    package static let now = 1_767_323_045

    /// What a test may change.
    package struct Configuration: Sendable {
        package var cors = CORSPolicy()
        package var appAPIToken: String?
        package var deliversInBulk = false
        package var inFlight = Allotment.Limits(perOwner: 16 << 20, inAll: 96 << 20)
        package var rates = RateLimits()
        package var streams = Allotment.Limits(perOwner: 20, inAll: 2000)
        package var longestChangeWait: Duration = .seconds(25)
        package var longestWait: Duration = .seconds(1)
        package var commandDeadline: Duration = .seconds(10)
        package var deliveryTime = DeliveryBounds.time
        package var requestLog = RequestLogPolicy()
        /// Nil for one that takes the harness's tokens.
        package var authenticator: Authenticator?
        /// Records spans; nil for nobody.
        package var tracer: Tracer?
        /// Doors beside those of the program.
        package var moreDoors: [Door] = []
        /// Doors that have streams.
        package var streamDoors: @Sendable (EventStreams) -> [Door] = { _ in [] }
    }

    package init(_ adjust: (inout Configuration) -> Void = { _ in }) throws {
        let (readiness, broker) = (readiness, broker)
        let time: @Sendable () -> Timestamp = { Timestamp(clamping: Int64(Self.now) * 1000) }
        var configuration = Configuration()
        adjust(&configuration)
        let logger = Logger(level: .info, sink: sink)
        let trust = TokenTrust(try Self.verifier())
        var web = WebConfiguration(
            description: .tasks,
            authenticator: configuration.authenticator ?? Authenticator(bearing: trust, now: { Self.now }),
            inFlight: configuration.inFlight,
            rates: configuration.rates,
            longestWait: configuration.longestWait,
            logger: logger,
            metrics: metrics
        )
        web.cors = configuration.cors
        web.requestLog = configuration.requestLog
        web.appAPIToken = configuration.appAPIToken
        web.tracer = configuration.tracer
        let monitor = ReadinessMonitor(lifetime: .zero) {
            Readiness(
                checks: [.init(name: "sidecar", readiness.isOn ? .ok : .failing)]
                    + ["store", "topics", "subscriptions", "relay"].map { .init(name: $0, .ok) }
            )
        }
        let streams = EventStreams(configuration.streams, logger: logger, metrics: metrics)
        let doors: [Door] = [
            .tasks(
                service: service,
                activity: activity,
                commandDeadline: configuration.commandDeadline,
                now: time,
                zones: TaskZones { path in (try? Data(contentsOf: URL(fileURLWithPath: path))).map(Array.init) },
                signers: try TaskSigners(ServerSecret(parsing: "a-server-secret-of-this-test-with-32-bytes")),
                streams: streams,
                longestChangeWait: configuration.longestChangeWait
            ),
            .operations(readiness: monitor, metrics: metrics),
            .events(
                topics: TopicNames(pubsub: "pubsub", tasks: "tasks", commands: "task-commands"),
                deliversInBulk: configuration.deliversInBulk,
                service: service,
                activity: activity,
                deadLetters: DeadLetterHandler(
                    now: time,
                    publish: { (event, topic, key) async throws(DaprError) in try broker.publish(event, topic, key) },
                    keep: { broker.keep($0, $1) }
                ),
                commandDeadline: configuration.commandDeadline,
                deliveryTime: configuration.deliveryTime,
                logger: logger,
                metrics: metrics,
                tracer: configuration.tracer
            ),
        ]
        let service = WebService(doors: doors + configuration.moreDoors + configuration.streamDoors(streams), web)
        (app, publicAPI, metricsHandler) = (service.app, service.clients, service.metrics)
        errors = service.errors
        self.trust = trust
        self.monitor = monitor
    }

    /// Sends a request as its bearer, through the app port's handler.
    package func send(
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
    package func send(
        _ handler: DoorHandler,
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
    package func create(_ body: String = #"{"title":"Buy milk"}"#, as user: String = "demo") async throws -> String {
        let answer = try await send(.post, "/api/tasks", as: user, body: body)
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["id"]?.stringValue)
    }

    /// The log lines, read.
    package func lines() throws -> [JSONValue] { try sink.lines.map { try JSONValue(parsing: $0) } }

    /// The value of a metric's line, nil when there is none.
    package func metric(_ line: String) -> String? {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(line + " ") }.map { String($0.dropFirst(line.count + 1)) }
    }
}

/// An answer as a client reads it.
package struct Answer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let bytes: [UInt8]

    package init(_ response: HTTPResponse) {
        status = response.status.code
        headers = response.headers
        bytes = response.bytes
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The body, null when it is not JSON.
    package var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    package var code: String? { json["error"]?["code"]?.stringValue }
    package var details: JSONValue? { json["error"]?["details"] }
    /// Field and code of each fault.
    package var faults: [String: String] {
        var faults: [String: String] = [:]
        for fault in details?["fields"]?.arrayValue ?? [] {
            if let field = fault["field"]?.stringValue { faults[field] = fault["code"]?.stringValue }
        }
        return faults
    }
}

/// A thing that is on or off, for tests that change it while others look.
package final class Switch: Sendable {
    private let state: Mutex<Bool>

    package init(_ isOn: Bool) { state = Mutex(isOn) }

    package var isOn: Bool { state.withLock { $0 } }
    package func turn(_ isOn: Bool) { state.withLock { $0 = isOn } }
}
