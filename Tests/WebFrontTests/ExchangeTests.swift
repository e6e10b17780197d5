import Dapr
import DaprHTTP
import DaprJSON
import DaprLog
import DoorSupport
import Synchronization
import TaskAPI
import Testing

@testable import WebFront

struct ExchangeTests {
    @Test(arguments: ["a", "A-1_b.c", String(repeating: "x", count: 128)])
    func `a correlation id is taken, answered and logged`(id: String) async throws {
        let api = try APIHarness()
        for (method, path) in [
            (HTTPMethod.get, "/api/tasks"), (.get, "/nowhere"), (.options, "/health"), (.get, "/%x"),
        ] {
            let answer = try await api.send(method, path, headers: ["x-correlation-id": id])
            #expect(answer.headers["X-Correlation-ID"] == id)
        }
        #expect(try api.lines().map { $0["correlation_id"]?.stringValue } == Array(repeating: id, count: 4))
    }

    @Test(arguments: ["", "a b", "a\"b", "a\u{0}", "ä", String(repeating: "x", count: 129), "a;b", "{}"])
    func `one that could forge a line is replaced`(id: String) async throws {
        let api = try APIHarness()
        let first = try await api.send(.get, "/health", headers: ["X-Correlation-ID": id])
        let second = try await api.send(.get, "/health", headers: ["X-Correlation-ID": id])
        let made = try #require(first.headers["X-Correlation-ID"])
        #expect(made != id)
        #expect(CorrelationID(made) != nil)
        #expect(made != second.headers["X-Correlation-ID"])
    }

    @Test func `a trace is continued with a step of our own`() async throws {
        let api = try APIHarness()
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let answer = try await api.send(.get, "/health", headers: ["traceparent": sent])
        let answered = try #require(answer.headers["traceparent"])
        #expect(answered.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-"))
        #expect(answered != sent)
        #expect(try api.lines()[0]["trace_id"] == "0af7651916cd43dd8448eb211c80319c")
    }

    @Test func `the lines of a tracestate are one list`() async throws {
        let api = try APIHarness()
        var headers: HTTPHeaders = ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]
        headers.add("tracestate", "a=1")
        headers.add("tracestate", "b=2")
        let frame = RequestFrame(cors: CORSPolicy(), log: RequestLog(.silent, RequestLogPolicy()), metrics: api.metrics)
        let exchange = frame.begin(HTTPRequest(method: .get, target: "/", headers: headers), route: "x")
        #expect(exchange.trace.tracestate == "a=1,b=2")
    }

    @Test(arguments: ["x", "00-00000000000000000000000000000000-b7ad6b7169203331-01", ""])
    func `a trace that cannot be is replaced by a new one`(sent: String) async throws {
        let answer = try await APIHarness().send(.get, "/health", headers: ["traceparent": sent])
        let answered = try #require(answer.headers["traceparent"])
        #expect(answered != sent)
        #expect(answered.utf8.count == 55)
    }

    @Test func `a request is one log line and one count, by its route's pattern`() async throws {
        let api = try APIHarness()
        let id = try await api.create()
        _ = try await api.send(.get, "/api/demo/tasks/\(id)?x=secret")
        _ = try await api.send(.get, "/secret/path")
        let lines = try api.lines()
        #expect(lines.count == 3)
        #expect(lines.map { $0["route"]?.stringValue } == ["/api/tasks", "/api/{user_id}/tasks/{id}", "unmatched"])
        #expect(lines.map { $0["status"]?.intValue } == [201, 200, 404])
        #expect(lines.map { $0["user"]?.stringValue } == ["2a97516c354b6884", "2a97516c354b6884", nil])
        #expect(lines.allSatisfy { $0["msg"] == "request" && $0["duration_ms"]?.doubleValue != nil })
        #expect(!api.sink.lines.joined().contains("secret"))
        #expect(
            api.metric(#"http_requests_total{method="GET",route="/api/{user_id}/tasks/{id}",status="200"}"#) == "1"
        )
        #expect(
            api.metric(#"http_request_duration_seconds_count{method="POST",route="/api/tasks"}"#) == "1"
        )
    }

    @Test func `security headers are on every answer`() async throws {
        let api = try APIHarness()
        for (method, path) in [
            (HTTPMethod.get, "/api/tasks"), (.get, "/nowhere"), (.options, "/api/tasks"), (.get, "/docs"), (.get, "/%"),
            (.post, "/events/tasks"), (.get, "/metrics"),
        ] {
            let answer = try await api.send(method, path)
            #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
            #expect(answer.headers["X-Frame-Options"] == "DENY")
            // Only a page has links to follow.
            #expect(answer.headers["Referrer-Policy"] == (path == "/docs" ? "no-referrer" : nil))
            #expect(answer.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
            #expect(answer.headers["Cache-Control"] != nil)
            #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
        }
    }

    @Test(arguments: [
        (HeadFault.malformed("more than one Host"), 400, "MALFORMED_REQUEST"),
        (.tooLarge(limit: 8), 431, "HEAD_TOO_LARGE"),
        (.tooMany(limit: 8), 431, "HEAD_TOO_LARGE"), (.tooManyItems(limit: 8), 431, "HEAD_TOO_LARGE"),
        (.tooCrowded, 431, "HEAD_TOO_LARGE"), (.unknownMethod, 501, "METHOD_NOT_IMPLEMENTED"),
        (.unknownExpectation, 417, "EXPECTATION_FAILED"), (.tooSlow, 408, "REQUEST_TIMEOUT"),
        (.stuck, 413, "FRAMING_TOO_LARGE"), (.busy, 503, "SERVER_BUSY"),
    ])
    func `what the server refuses itself is answered, logged and counted too`(
        fault: HeadFault,
        status: Int,
        code: String
    ) throws {
        let api = try APIHarness()
        let answer = Answer(try #require(api.publicAPI.refused(fault, nil)))
        #expect(answer.status == status && fault.status.code == status)
        #expect(answer.code == code)
        #expect(api.errors.answers.contains { $0.code.name == code && $0.status.code == status })
        #expect(answer.headers["X-Correlation-ID"] != nil && answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(try api.lines().map { $0["status"]?.intValue } == [status])
        #expect(api.metric(#"http_requests_total{method="UNREAD",route="unmatched",status="\#(status)"}"#) == "1")
        // With a head, it is answered as that asks.
        let head = HTTPRequest(
            method: .get,
            target: "/",
            headers: ["X-Correlation-ID": "c1", "Accept": "application/problem+json"]
        )
        let problem = Answer(try #require(api.publicAPI.refused(fault, head)))
        #expect(problem.headers["X-Correlation-ID"] == "c1")
        #expect(problem.json["code"] == .string(code))
    }

    @Test func `readiness is told, and asked for again when it is old`() async throws {
        let api = try APIHarness()
        func told(_ status: JSONValue, sidecar: JSONValue) -> JSONValue {
            .object([
                "status": status,
                "checks": .object([
                    "sidecar": sidecar, "store": "ok", "topics": "ok", "subscriptions": "ok", "relay": "ok",
                ]),
            ])
        }
        #expect(await api.send(api.app, .get, "/ready").json == told("ready", sidecar: "ok"))
        api.readiness.turn(false)
        let answer = await api.send(api.publicAPI, .get, "/ready")
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "1")
        #expect(answer.json == told("not_ready", sidecar: "failing"))
        #expect(await api.send(api.app, .get, "/health").status == 200)
        api.readiness.turn(true)
        #expect(await api.send(api.app, .get, "/ready").status == 200)
        api.monitor.stop()
        let stopping = await api.send(api.app, .get, "/ready")
        #expect(stopping.status == 503)
        #expect(stopping.json == told("stopping", sidecar: "ok"))
        #expect(try await api.send(.get, "/api/tasks").status == 200)
    }

    @Test func `many probes in a second are one question`() async throws {
        let asked = Counted()
        let monitor = ReadinessMonitor(lifetime: .seconds(3600)) {
            asked.add()
            return Readiness(checks: [])
        }
        for _ in 0..<10 { #expect(await monitor.current().isReady) }
        #expect(asked.count == 1)
    }

    @Test func `metrics are Prometheus' text`() async throws {
        let api = try APIHarness()
        _ = await api.send(api.app, .get, "/health")
        let answer = await api.send(api.app, .get, "/metrics")
        #expect(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.text.contains(#"http_requests_total{method="GET",route="/health",status="200"} 1"#))
    }
}

/// Counts calls from anywhere.
private final class Counted: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}
