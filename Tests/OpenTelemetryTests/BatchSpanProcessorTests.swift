import Dapr
import DaprLog
import DaprMetrics
import TestTools
import Testing

@testable import OpenTelemetry

/// The export of spans, in a time of its own.
struct BatchSpanProcessorTests {
    /// A processor, its queue and what it counts and logs.
    private struct Export: Sendable {
        let queue: SpanQueue
        let processor: BatchSpanProcessor
        let collector: ScriptedCollector
        let registry = MetricsRegistry()
        let sink = CollectingSink()
        let time: VirtualTime

        init(
            _ time: VirtualTime,
            limit: Int = 100,
            batch: Int = 10,
            batchTimeout: Duration = .seconds(30),
            _ answer: @escaping @Sendable (Int) async -> ExportOutcome
        ) {
            self.time = time
            let metrics = SpanMetrics(registry)
            queue = SpanQueue(limit: limit, batchSize: batch, metrics: metrics)
            collector = ScriptedCollector(time: { time.elapsed }, answer)
            processor = BatchSpanProcessor(
                queue,
                collector,
                resource: Resource([]),
                version: "1",
                configuration: .init(delay: .seconds(5), requestTimeout: .seconds(10), batchTimeout: batchTimeout),
                metrics: metrics,
                logger: Logger(level: .info, sink: sink),
                now: { time.now },
                wallNanoseconds: { 0 }
            )
        }

        func add(_ count: Int) throws {
            let context = try TraceContext.sample()
            for _ in 0..<count {
                queue.add(Span("a", .server, context, parent: nil, begin: time.now, end: time.now, attributes: []))
            }
        }

        func count(_ reason: String? = nil) -> String? {
            let name = reason.map { "tasks_spans_dropped_total{reason=\"\($0)\"}" } ?? "tasks_spans_exported_total"
            return String(decoding: registry.exposition(), as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
        }

        func lines(_ message: String) -> Int { sink.lines.count { $0.contains(message) } }
    }

    private static let accepted = ExportOutcome.accepted(rejected: 0, message: "")
    private static let down = ExportOutcome.unavailable(retryAfter: nil, "status 503")

    @Test func `a full batch goes at once, and the rest after the delay`() async throws {
        try await VirtualTime.run(seed: 1) { time in
            let export = Export(time) { _ in Self.accepted }
            let running = Task { await export.processor.run() }
            try await Task.sleep(for: .seconds(1))
            try export.add(23)
            try await Task.sleep(for: .milliseconds(1))
            #expect(export.collector.exports.map(\.spans) == [10, 10])
            try await Task.sleep(for: .seconds(5))
            #expect(export.collector.exports.map(\.spans) == [10, 10, 3])
            #expect(export.collector.exports[2].time == .seconds(5))
            #expect(export.count() == "23")
            running.cancel()
            await running.value
            #expect(export.collector.exports.count == 3, "nothing is sent where nothing waits")
        }
    }

    @Test func `what the queue has no room for is dropped, counted and told, and the rest arrives`() async throws {
        try await VirtualTime.run(seed: 2) { time in
            let export = Export(time, limit: 15) { _ in Self.accepted }
            try export.add(40)
            #expect(export.count("queue_full") == "25")
            let running = Task { await export.processor.run() }
            try await Task.sleep(for: .seconds(6))
            running.cancel()
            await running.value
            #expect(export.collector.exports.map(\.spans) == [10, 5])
            #expect(export.lines("Spans were dropped") == 1)
            #expect(export.sink.lines.contains { $0.contains("\"spans\":25") })
        }
    }

    @Test func `a collector that is down is asked again with growing pauses, until the time is over`() async throws {
        try await VirtualTime.run(seed: 3) { time in
            let export = Export(time) { _ in Self.down }
            let running = Task { await export.processor.run() }
            try export.add(10)
            try await Task.sleep(for: .seconds(5))
            #expect(export.count("unreachable") == "0")
            try await Task.sleep(for: .seconds(25))
            #expect(export.count("unreachable") == "10")
            let times = export.collector.exports.map(\.time)
            #expect((4...7).contains(times.count), "\(times)")
            for (number, pair) in zip(times, times.dropFirst()).enumerated() {
                let pause = Duration.seconds(1 << min(number, 4))
                #expect((pause * 0.5...pause * 1.5 + .milliseconds(1)).contains(pair.1 - pair.0), "\(times)")
            }
            running.cancel()
            await running.value
        }
    }

    @Test func `what cannot be delivered is told once a minute`() async throws {
        try await VirtualTime.run(seed: 4) { time in
            let export = Export(time, batchTimeout: .seconds(2)) { _ in Self.down }
            let running = Task { await export.processor.run() }
            for _ in 0..<100 {
                try export.add(10)
                try await Task.sleep(for: .seconds(3))
            }
            running.cancel()
            await running.value
            #expect((4...6).contains(export.lines("they wait")))
            #expect((4...6).contains(export.lines("took no spans in time")))
        }
    }

    @Test func `the collector's own pause is kept`() async throws {
        try await VirtualTime.run(seed: 5) { time in
            let export = Export(time) { number in
                number == 1 ? .unavailable(retryAfter: .seconds(7), "status 429") : Self.accepted
            }
            let running = Task { await export.processor.run() }
            try export.add(10)
            try await Task.sleep(for: .seconds(10))
            #expect(export.collector.exports.map(\.time) == [.zero, .seconds(7)])
            #expect(export.count() == "10")
            running.cancel()
            await running.value
        }
    }

    @Test func `a pause beyond the time for an export ends it at once`() async throws {
        try await VirtualTime.run(seed: 6) { time in
            let export = Export(time) { _ in .unavailable(retryAfter: .seconds(3600), "status 429") }
            let running = Task { await export.processor.run() }
            try export.add(10)
            try await Task.sleep(for: .milliseconds(1))
            #expect(export.count("unreachable") == "10")
            running.cancel()
            await running.value
        }
    }

    @Test func `what is refused is not sent again, and what is rejected is counted apart`() async throws {
        try await VirtualTime.run(seed: 7) { time in
            let export = Export(time) { number in
                number == 1 ? .refused("status 400") : .accepted(rejected: 4, message: "too old")
            }
            let running = Task { await export.processor.run() }
            try export.add(20)
            try await Task.sleep(for: .seconds(1))
            running.cancel()
            await running.value
            #expect(export.count("refused") == "10")
            #expect(export.count("rejected") == "4")
            #expect(export.count() == "6")
            #expect(export.lines("status 400") == 1)
            #expect(export.lines("too old") == 1)
        }
    }

    @Test func `the end sends what waits`() async throws {
        try await VirtualTime.run(seed: 8) { time in
            let export = Export(time) { _ in Self.accepted }
            let running = Task { await export.processor.run() }
            try await Task.sleep(for: .seconds(1))
            try export.add(7)
            running.cancel()
            await running.value
            #expect(export.count() == "7")
            #expect(time.elapsed < .seconds(2))
        }
    }

    @Test(arguments: [ExportOutcome?.none, down])
    func `a collector that is silent or down holds up the end for two seconds at most`(
        answer: ExportOutcome?
    ) async throws {
        try await VirtualTime.run(seed: 9) { time in
            let export = Export(time) { _ in
                if let answer { return answer }
                // Silent: until the call is cancelled.
                try? await Task.sleep(for: .seconds(3600))
                return .unavailable(retryAfter: nil, "the call was cancelled")
            }
            let running = Task { await export.processor.run() }
            try export.add(35)
            try await Task.sleep(for: .seconds(1))
            let begin = time.elapsed
            running.cancel()
            await running.value
            #expect(time.elapsed - begin <= .milliseconds(2001))
            #expect(export.count("unreachable") == "35")
        }
    }
}
