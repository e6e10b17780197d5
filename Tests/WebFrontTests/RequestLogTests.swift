import DaprHTTP
import DaprJSON
import DaprLog
import DoorSupport
import Testing
import WebFront

/// The line that each request has in the log.
struct RequestLogTests {
    @Test func `a line says who asked with what, and how much went to and fro`() async throws {
        let api = try APIHarness()
        let body = #"{"title":"Buy milk"}"#
        let created = try await api.send(.post, "/api/tasks", headers: ["User-Agent": "curl/8.1"], body: body)
        _ = try await api.send(.head, "/api/tasks")
        let lines = try api.lines()
        #expect(lines[0]["agent"] == "curl/8.1")
        #expect(lines[0]["bytes_in"]?.intValue == body.utf8.count)
        #expect(lines[0]["bytes_out"]?.intValue == created.bytes.count)
        #expect(lines[1]["agent"] == nil && lines[1]["bytes_out"] == 0)
        #expect(lines.allSatisfy { $0["sample"] == nil })
    }

    @Test func `a user is told by a hash that anybody can make of the name`() async throws {
        let api = try APIHarness()
        _ = try await api.send(.get, "/api/tasks", as: "anna")
        _ = try await api.send(.get, "/api/tasks", as: "ann")
        // printf %s anna | sha256sum | cut -c1-16
        #expect(try api.lines().map { $0["user"] } == ["55579b557896d0ce", "49915e0d7d4b402e"])
        #expect(!api.sink.lines.joined().contains("ann\""))
    }

    @Test(arguments: [
        (String(repeating: "x", count: 120), 120), (String(repeating: "x", count: 121), 120),
        (String(repeating: "é", count: 100), 120), ("x" + String(repeating: "é", count: 100), 119),
        (String(repeating: "👩‍👩‍👧", count: 30), 120),
    ])
    func `what a client calls itself is cut between characters of Unicode`(agent: String, bytes: Int) async throws {
        let api = try APIHarness()
        _ = try await api.send(.get, "/health", headers: ["User-Agent": agent])
        let logged = try #require(try api.lines()[0]["agent"]?.stringValue)
        #expect(Array(logged.utf8) == Array(agent.utf8.prefix(logged.utf8.count)))
        #expect(bytes - 3...bytes ~= logged.utf8.count)
    }

    @Test func `of quick successes a share is logged, chosen by trace, and of failures all`() async throws {
        let api = try APIHarness { $0.requestLog = RequestLogPolicy(sample: 0.25) }
        func send(_ end: String, _ path: String) async throws {
            let trace = "00-0af7651916cd43dd\(end)8448eb21-b7ad6b7169203331-01"
            _ = try await api.send(.get, path, headers: ["traceparent": trace])
        }
        for end in ["00000000", "3fffffff", "40000000", "ffffffff"] {
            for path in ["/api/tasks", "/health", "/nowhere"] { try await send(end, path) }
        }
        let lines = try api.lines()
        let kept = lines.filter { $0["status"] == 200 }
        #expect(
            kept.map { $0["trace_id"]?.stringValue?.dropLast(8).suffix(8) } == [
                "00000000", "00000000", "3fffffff", "3fffffff",
            ]
        )
        #expect(kept.allSatisfy { $0["sample"] == 0.25 })
        let failed = lines.filter { $0["status"] == 404 }
        #expect(failed.count == 4 && failed.allSatisfy { $0["sample"] == nil })
        // All are counted.
        #expect(api.metric(#"http_requests_total{method="GET",route="/health",status="200"}"#) == "4")
    }

    @Test func `about the share that was asked for is logged`() async throws {
        let api = try APIHarness { $0.requestLog = RequestLogPolicy(sample: 0.1) }
        for _ in 0..<2000 { _ = try await api.send(.get, "/health", as: nil) }
        // 200, give or take seven standard deviations.
        #expect(100...300 ~= api.sink.lines.count)
    }

    @Test func `what is slow is logged whatever the share`() async throws {
        let none = try APIHarness { $0.requestLog = RequestLogPolicy(sample: 0) }
        _ = try await none.send(.get, "/health")
        #expect(none.sink.lines.isEmpty)
        let slow = try APIHarness { $0.requestLog = RequestLogPolicy(sample: 0, slow: .zero) }
        _ = try await slow.send(.get, "/health")
        #expect(slow.sink.lines.count == 1)
    }
}
