import Dapr
import DaprHTTP
import DaprMetrics
import DoorSupport
import Tasks
import Testing

@testable import OpenTelemetry

/// The spans of requests.
struct RequestSpanTests {
    private let queue = SpanQueue(limit: 1000, batchSize: 1000, metrics: SpanMetrics(MetricsRegistry()))

    private func api(_ sampler: Sampler = Sampler(ratio: 1, followsParent: true)) throws -> APIHarness {
        try APIHarness { $0.tracer = Tracer(sampler: sampler, queue: queue) }
    }

    private static let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func `a request's span has method, route and status, and neither path nor user`() async throws {
        let id = try await api().create("{\"title\":\"Milk\"}", as: "walter")
        let answer = try await api().send(
            .get,
            "/api/walter/tasks/\(id)?x=1",
            as: "walter",
            headers: ["traceparent": Self.sent]
        )
        let spans = queue.take(isPartial: true)
        #expect(spans.map(\.name) == ["POST /api/tasks", "GET /api/{user_id}/tasks/{id}"])
        let span = try #require(spans.last)
        #expect(span.kind == .server)
        #expect(span.parent?.traceparent == Self.sent)
        #expect(span.context.traceparent == answer.headers["traceparent"])
        #expect(
            span.attributes == [
                .init("http.request.method", "GET"), .init("url.scheme", "http"),
                .init("http.response.status_code", answer.status), .init("http.route", "/api/{user_id}/tasks/{id}"),
            ]
        )
    }

    @Test func `what no route answers has its method alone, and a method that is none of HTTP's no name`() async throws
    {
        let api = try api()
        _ = await api.send(api.app, .get, "/nowhere/secret")
        _ = await api.send(api.app, HTTPMethod(rawValue: "SECRET"), "/api/tasks")
        let spans = queue.take(isPartial: true)
        #expect(spans.map(\.name) == ["GET", "HTTP"])
        #expect(spans.last?.attributes.first == .init("http.request.method", "_OTHER"))
        #expect(spans.allSatisfy { span in !span.attributes.contains { $0.key == "http.route" } && span.parent == nil })
        #expect(spans.allSatisfy { !$0.hasFailed }, "the client's faults are not the server's")
    }

    @Test func `a failure of ours is one`() async throws {
        let api = try api()
        api.service.fail(with: .storeUnavailable(retryAfter: .seconds(2)))
        _ = try await api.send(.get, "/api/tasks")
        let span = try #require(queue.take(isPartial: true).last)
        #expect(span.hasFailed)
        #expect(span.attributes.last == .init("error.type", "503"))
    }

    @Test func `the caller's decision is kept and answered, and probes have no spans`() async throws {
        let api = try api()
        let unsampled = String(Self.sent.dropLast()) + "0"
        let answer = try await api.send(.get, "/api/tasks", headers: ["traceparent": unsampled])
        #expect(answer.headers["traceparent"]?.hasSuffix("-00") == true)
        for path in ["/health", "/ready", "/metrics"] { _ = try await api.send(.get, path) }
        #expect(queue.take(isPartial: true).isEmpty)
        let none = try self.api(Sampler(ratio: 0, followsParent: true))
        #expect(try await none.send(.get, "/api/tasks").headers["traceparent"]?.hasSuffix("-00") == true)
        _ = try await none.send(.get, "/api/tasks", headers: ["traceparent": Self.sent])
        #expect(queue.take(isPartial: true).count == 1)
    }
}
