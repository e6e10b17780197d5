import DaprHTTP
import DaprJSON
import DaprLog
import DaprMetrics
import DoorSupport
import Testing
import Tokens

@testable import WebFront

/// Streams of events, whatever they carry.
struct EventStreamTests {
    private func text(_ event: ServerSentEvent) -> String { String(decoding: event.bytes, as: UTF8.self) }

    @Test func `an event has its lines, and an empty one behind them`() {
        #expect(
            text(ServerSentEvent(id: 7, name: "change", data: ["title": "a\nb\r\u{2028}"]))
                == "id: 7\nevent: change\ndata: {\"title\":\"a\\nb\\r\u{2028}\"}\n\n"
        )
        #expect(
            text(ServerSentEvent(id: 0, name: "hello", retry: .milliseconds(2500), data: .null))
                == "id: 0\nevent: hello\nretry: 2500\ndata: null\n\n"
        )
        #expect(text(ServerSentEvent(id: 12)) == "id: 12\n\n")
        #expect(String(decoding: ServerSentEvent.heartbeat, as: UTF8.self) == ":\n\n")
    }

    private func principal(_ name: String) throws -> Principal {
        try #require(Principal(subject: name, proof: .session))
    }

    private func refusal(_ streams: EventStreams, _ principal: Principal) -> ErrorAnswer? {
        do throws(WebFault) {
            _ = try streams.place(of: principal)
            return nil
        } catch {
            return error.answer
        }
    }

    @Test func `places are bounded for a user and for all, and come back`() throws {
        let metrics = MetricsRegistry()
        let streams = EventStreams(.init(perOwner: 2, inAll: 3), logger: .silent, metrics: metrics)
        let (ann, bob) = (try principal("ann"), try principal("bob"))
        var first: Allotment.Share? = try streams.place(of: ann)
        let second = try streams.place(of: ann)
        let refused = try #require(refusal(streams, ann))
        #expect(refused.code.name == "TOO_MANY_STREAMS" && refused.code.status == .tooManyRequests)
        let third = try streams.place(of: bob)
        #expect(refusal(streams, bob)?.code.name == "STREAMS_FULL")
        #expect(String(decoding: metrics.exposition(), as: UTF8.self).contains("tasks_streams_open 3"))
        withExtendedLifetime(first) {}
        first = nil
        #expect(streams.count == 2 && refusal(streams, bob) == nil)
        withExtendedLifetime((second, third)) {}
    }

    /// A door with one stream, which sends what a test says and ends as it says.
    private func api(
        _ body: @escaping @Sendable (EventStreamWriter) async throws -> EventStreamEnd
    ) throws -> APIHarness {
        try APIHarness { configuration in
            configuration.streamDoors = { streams in
                [
                    Door(endpoints: [
                        Endpoint(
                            method: .get,
                            path: "/test/stream",
                            operation: Operation(
                                id: "testStream",
                                summary: "A stream",
                                tag: .operations,
                                successes: [.init(status: .ok, description: "Events.")]
                            ),
                            work: .principal { (_, exchange, principal) throws(WebFault) in
                                streams.answer(in: try streams.place(of: principal), exchange, body)
                            }
                        )
                    ])
                ]
            }
        }
    }

    @Test func `a stream that ends has a line in the log and counts`() async throws {
        let api = try api { events in
            try await events.send(Array("one".utf8), events: 1)
            try await events.send(Array(":\n\n".utf8))
            try await events.send(Array("two".utf8), events: 2)
            return .draining
        }
        let stream = try await api.open("/test/stream", headers: ["X-Correlation-ID": "abc"])
        try await stream.ends()
        #expect(stream.status == 200 && stream.headers["Content-Type"] == "text/event-stream")
        #expect(stream.text == "one:\n\ntwo")
        let line = try #require(try api.lines().first { $0["msg"] == "stream ended" })
        #expect(line["events"] == 3 && line["bytes_out"] == 9 && line["end"] == "draining")
        #expect(line["route"] == "/test/stream" && line["correlation_id"] == "abc")
        #expect(line["user"]?.stringValue?.count == 16)
        #expect(api.metric("tasks_stream_events_total") == "3")
        #expect(api.metric(#"tasks_streams_ended_total{end="draining"}"#) == "1")
        #expect(api.metric("tasks_streams_open") == "0")
    }

    @Test(arguments: [(false, "left"), (true, "too_slow")])
    func `of a client that leaves or is cut, too`(isSlow: Bool, end: String) async throws {
        let api = try api { events in
            while true { try await events.send([65], events: 1) }
        }
        let stream = try await api.open("/test/stream", isSlow: isSlow)
        try await stream.reads { $0.utf8.count > 3 }
        #expect(api.metric("tasks_streams_open") == "1")
        stream.leave()
        try await stream.ends()
        #expect(api.metric(#"tasks_streams_ended_total{end="\#(end)"}"#) == "1")
        #expect(api.metric("tasks_streams_open") == "0")
    }

    @Test func `who asks is known until the token ends`() throws {
        let claims = try APIHarness.verifier().verify(try APIHarness.token("demo"), now: APIHarness.now)
        #expect(Principal(claims)?.expiresAt == APIHarness.now + 60)
    }
}
