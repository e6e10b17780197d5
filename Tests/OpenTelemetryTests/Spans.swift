import Dapr
import DaprLog
import DaprMetrics
import Synchronization
import Testing

@testable import OpenTelemetry

extension TraceContext {
    /// A span of a trace that is recorded, or is not.
    static func sample(_ span: String = "00f067aa0ba902b7", isSampled: Bool = true) throws -> TraceContext {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-\(span)-\(isSampled ? "01" : "00")"
        return try #require(TraceContext(traceparent: text))
    }
}

extension Tracer {
    /// Makes a tracer that records all, with a queue that nobody empties.
    static func recording() -> (tracer: Tracer, queue: SpanQueue) {
        let queue = SpanQueue(limit: 100, batchSize: 100, metrics: SpanMetrics(MetricsRegistry()))
        return (Tracer(sampler: Sampler(ratio: 1, followsParent: true), queue: queue), queue)
    }
}

/// A collector that answers as told, and remembers what it was sent.
final class ScriptedCollector: SpanExporter {
    struct Export: Sendable {
        /// When it came.
        let time: Duration
        /// How many spans are in it.
        let spans: Int
    }

    private let answer: @Sendable (Int) async -> ExportOutcome
    private let time: @Sendable () -> Duration
    private let taken = Mutex<[Export]>([])

    /// - Parameters:
    ///   - time: The time that is noted.
    ///   - answer: What it answers the export of a number, from 1 on; may wait.
    init(
        time: @escaping @Sendable () -> Duration = { .zero },
        _ answer: @escaping @Sendable (Int) async -> ExportOutcome
    ) {
        self.answer = answer
        self.time = time
    }

    var exports: [Export] { taken.withLock { $0 } }

    func export(_ body: [UInt8], timeout: Duration) async -> ExportOutcome {
        let spans = Self.fields(2, in: Self.fields(2, in: Self.fields(1, in: [body[...]]))).count
        let number = taken.withLock { taken in
            taken.append(Export(time: time(), spans: spans))
            return taken.count
        }
        return await answer(number)
    }

    /// All values of a field in some messages.
    private static func fields(_ wanted: UInt64, in messages: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
        messages.flatMap { message in
            var (reader, found) = (ProtobufReader(message), [ArraySlice<UInt8>]())
            while let (field, value) = reader.next() {
                if field == wanted, case .bytes(let bytes) = value { found.append(bytes) }
            }
            return found
        }
    }
}
