import Dapr
import DaprHTTP
import DaprMetrics
import DoorSupport
import Tasks
import Testing

@testable import OpenTelemetry

/// The spans of deliveries.
struct DeliverySpanTests {
    private let queue = SpanQueue(limit: 1000, batchSize: 1000, metrics: SpanMetrics(MetricsRegistry()))

    private func api() throws -> APIHarness {
        try APIHarness { [queue] in
            $0.tracer = Tracer(sampler: Sampler(ratio: 1, followsParent: true), queue: queue)
            $0.deliversInBulk = true
        }
    }

    private static func traceparent(_ number: Int, flags: String = "01") -> String {
        "00-4bf92f3577b34da6a3ce929d0e0e473\(number)-00f067aa0ba902b\(number)-\(flags)"
    }

    private static func change(_ sequence: Int, _ traceparent: String) -> String {
        """
        {"id":"u/\(sequence)","source":"/tasks","specversion":"1.0","type":"task.created","owner":"u",
        "sequence":\(sequence),"time":"2026-01-02T03:04:05Z","subject":"00000000-0000-0000-0000-00000000000\(sequence)",
        "traceparent":"\(traceparent)","data":{"title":"a"}}
        """
    }

    @Test func `a delivery of changes leads to the request of each`() async throws {
        let events = [
            Self.change(1, Self.traceparent(1)), Self.change(2, Self.traceparent(2)),
            Self.change(3, Self.traceparent(3, flags: "00")), Self.change(4, ""), Self.change(5, Self.traceparent(1)),
        ]
        let entries = events.enumerated().map { place, event in
            #"{"entryId":"\#(place)","event":\#(event),"contentType":"application/cloudevents+json"}"#
        }
        let body =
            #"{"id":"b","entries":[\#(entries.joined(separator: ","))],"topic":"tasks","pubsubname":"pubsub","type":"x"}"#
        let api = try api()
        let answer = await api.send(api.app, .post, "/events/tasks", [:], "application/json", Array(body.utf8))
        #expect(answer.status == 200)
        let spans = queue.take(isPartial: true)
        let process = try #require(spans.first { $0.name == "process tasks" })
        #expect(process.kind == .consumer)
        #expect(process.parent == spans.first { $0.name == "POST /events/tasks" }?.context)
        #expect(process.links.map(\.traceparent) == [Self.traceparent(1), Self.traceparent(2)])
        #expect(process.attributes.contains(.init("messaging.batch.message_count", 5)))
    }

    @Test func `a command continues the trace of its event, and leads to its delivery`() async throws {
        let event = """
            {"id":"1","source":"/x","specversion":"1.0","type":"task.create","traceparent":"\(Self.traceparent(1))",
            "data":{"user_id":"u","title":"a"}}
            """
        let api = try api()
        let answer = await api.send(
            api.app,
            .post,
            "/events/task-commands",
            [:],
            "application/cloudevents+json",
            Array(event.utf8)
        )
        #expect(answer.status == 200)
        let spans = queue.take(isPartial: true)
        let process = try #require(spans.first { $0.name == "process task-commands" })
        #expect(process.parent?.traceparent == Self.traceparent(1))
        #expect(process.links == spans.filter { $0.kind == .server }.map(\.context))
        let context = try #require(api.service.contexts.last)
        #expect(context.trace?.parent == process.context.traceparent)
    }
}
