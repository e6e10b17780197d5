import DaprJSON
import TestSupport
import TestTools
import Testing

@testable import DaprSidecar

/// Published events, subscriptions and answers that were changed at random: a publish is refused, or the application gets JSON, and nothing gets stuck.
@Suite struct EventFuzzTests {
    private static let events: [(type: String, body: String)] = [
        ("application/json", #"{"b":1,"a":[1.50,1e400,"<&>"],"a":{"n":null}}"#),
        ("application/json; charset=utf-8", #""text""#), ("text/plain", "plain"), ("", ""),
        ("application/octet-stream", "\u{0}\u{1}\u{7f}"), ("application/xml", "<a b='c'/>"),
        (
            "application/cloudevents+json",
            #"{"specversion":"1.0","id":"7","type":"x","data":{"p":3},"traceid":"t","time":"2026-01-02T03:04:05Z"}"#
        ),
        (
            "application/cloudevents+json; charset=utf-8",
            #"{"id":"8","data_base64":"AAE=","expiration":"2020-01-02T03:04:05Z"}"#
        ),
    ]
    private static let metadata: [RequestMetadata] = [
        [:], [:], [:], ["rawPayload": "true"], ["rawPayload": "maybe"], ["ttlInSeconds": "60"],
        ["ttlInSeconds": "-9223372036854775808"], ["ttlInSeconds": "9223372036854775807"], ["cloudevent.id": "i"],
        ["cloudevent.type": "x", "CloudEvent.Source": "\u{e9}"],
        ["cloudevent.traceparent": "\u{0}", "partitionKey": "k"], ["\u{301}": "\u{301}", "cloudevent.id": "\u{301}"],
        ["\u{E9}": "1", "e\u{301}": "2", "cloudevent.subject": "a\u{301}"], ["rawPayload\u{301}": "true"],
    ]
    private static let bulk = #"""
        [{"entryId":"1","event":{"n":1},"contentType":"application/json"},
         {"entryId":"2","event":"text","contentType":"text/plain","metadata":{"ttlInSeconds":"5"}},
         {"entryId":"3","event":"AAE=","contentType":"application/octet-stream"}]
        """#
    private static let subscriptions = #"""
        [{"pubsubname":"bus","topic":"t","deadLetterTopic":"dead",
          "routes":{"rules":[{"match":"event.type == 'x' && has(event.data.p)","path":"/x"}],"default":"/all"}},
         {"pubsubname":"bus","topic":"many","route":"/many",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":2,"maxAwaitDurationMs":1}},
         {"pubsubname":"bus","topic":"raw*","route":"raw","metadata":{"rawPayload":"true"}},
         {"pubsubname":"bus","topic":"dead","route":"/dead"}]
        """#
    private static let answers = [
        #"{"status":"SUCCESS"}"#, #"{"status":"DROP"}"#, #"{"status":"RETRY"}"#, "", "no json",
        #"{"statuses":[{"entryId":"1","status":"SUCCESS"},{"entryId":"1","status":"RETRY"},{"status":"DROP"}]}"#,
    ]
    private static let words = [
        "{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "null", "1e400", "-", "status", "SUCCESS", "entryId",
        "event", "specversion", "1.0", "data_base64", "expiration", "9999-12-31T23:59:59Z", "<", "&", "\u{e9}", "\u{0}",
        "\u{301}", "e\u{301}", "\u{212A}", "\u{FE0F}", "\u{93F}", "\u{200D}",
    ]

    @Test func `what is published is refused, or arrives as JSON`() async throws {
        try await Fuzzing.run("events", reaching: ["published", "refused"]) { numbers in
            let hasOwnSubscriptions = numbers.oneIn(3)
            let app = StubApp(
                subscriptions: hasOwnSubscriptions ? Self.changed(Self.subscriptions, &numbers) : Self.subscriptions
            )
            for path in ["/x", "/all", "/many", "/raw", "/dead"] {
                let script = (0...numbers.below(3)).map { _ in
                    AppResponse.text(
                        numbers.pick([200, 200, 204, 404, 500, 0]),
                        Self.changed(numbers.pick(Self.answers), &numbers)
                    )
                }
                app.setAnswers(path, script)
            }
            var refusals = 0
            var own = numbers
            try await withSidecar(["bus.yaml": component("bus", "pubsub.in-memory")], app: app) { runtime in
                try await untilReady(runtime)
                for _ in 0...own.below(4) where try await !Self.publishes(runtime, &own) { refusals += 1 }
                if hasOwnSubscriptions { return }
                try await runtime.publish("t", #"{"mark":1}"#)
                try await Self.untilMarked(app)
            }
            for delivery in app.deliveries where !Self.isObject(delivery.body) {
                throw Violation("\(delivery.target) got \(String(decoding: delivery.body, as: UTF8.self))")
            }
            return refusals > 0 ? "refused" : "published"
        }
    }

    /// Publishes an event, or several in bulk; `false` when it is refused, which must be the caller's fault.
    private static func publishes(_ runtime: SidecarRuntime, _ numbers: inout SeededRandom) async throws -> Bool {
        let topic = numbers.pick(["t", "t", "many", "raw/1", "raw\u{301}", "t\u{301}", "dead", "nobody"])
        let metadata = numbers.pick(metadata)
        let trace = CallTrace(traceparent: numbers.oneIn(3) ? numbers.pick(words) : nil)
        do throws(APIError) {
            if numbers.oneIn(3) {
                let body = Array(changed(bulk, &numbers).utf8)
                try await runtime.publishBulk("bus", topic, body: body, metadata: metadata, trace: trace)
            } else {
                let event = numbers.pick(events)
                try await runtime.publish(
                    "bus",
                    topic,
                    body: Array(changed(event.body, &numbers).utf8),
                    contentType: numbers.oneIn(4) ? numbers.changed(event.type, words: words) : event.type,
                    metadata: metadata,
                    trace: trace
                )
            }
            return true
        } catch {
            // daprd, too, answers 500 to a CloudEvent that is none.
            guard (400..<500).contains(error.status) || error.errorCode == "ERR_PUBSUB_CLOUD_EVENTS_SER" else {
                throw Violation("\(error)")
            }
            return false
        }
    }

    /// Whether bytes are an object of JSON, with whatever numbers and text.
    private static func isObject(_ bytes: [UInt8]) -> Bool {
        (try? JSONReencoding.reencoded(bytes, numbers: .asWritten))?.first == UInt8(ascii: "{")
    }

    /// Waits until the mark, published last, has come through behind all the others.
    private static func untilMarked(_ app: StubApp) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !app.deliveries.contains(where: { $0.json?["data"]?["mark"] == 1 }) {
            guard ContinuousClock.now < deadline else { throw Violation("the last event never came") }
            await Task.yield()
        }
    }

    /// A text that was left alone, or changed as JSON, or changed as text.
    private static func changed(_ text: String, _ numbers: inout SeededRandom) -> String {
        switch numbers.below(4) {
        case 0: text
        case 1: numbers.changed(text, words: words)
        default: (try? JSONValue(parsing: text)).map { "\(numbers.changed($0))" } ?? numbers.changed(text, words: words)
        }
    }
}
