package import DaprLog
import DaprMetrics
import Synchronization

/// Exports the spans of a queue in batches, one after another.
///
/// A batch goes as soon as it is full, and what there is after each delay. One that the collector cannot take now is
/// sent again, after the time that it asks for or a growing one; meanwhile the queue fills, and then drops. Nothing
/// waits for the processor but the end of the process, and that for a bounded time.
///
/// https://opentelemetry.io/docs/specs/otel/trace/sdk/#batching-processor
package struct BatchSpanProcessor: Sendable {
    /// The times and bounds of the export.
    package struct Configuration: Sendable {
        /// How long spans wait for a batch to be full.
        package var delay: Duration
        /// The most time for one request.
        package var requestTimeout: Duration
        /// The most time for one batch, with its repetitions.
        package var batchTimeout: Duration
        /// How long the spans that wait at the end are still exported.
        package var flushTime: Duration = .seconds(2)

        package init(delay: Duration, requestTimeout: Duration, batchTimeout: Duration) {
            self.delay = delay
            self.requestTimeout = requestTimeout
            self.batchTimeout = batchTimeout
        }
    }

    private let queue: SpanQueue
    private let exporter: any SpanExporter
    private let resource: Resource
    private let version: String
    private let configuration: Configuration
    private let metrics: SpanMetrics
    private let complaints: Complaints
    private let now: @Sendable () -> ContinuousClock.Instant
    private let wallNanoseconds: @Sendable () -> Int64

    /// Creates a processor; nothing is sent before ``run()``.
    ///
    /// - Parameters:
    ///   - queue: The spans to export.
    ///   - exporter: Sends them.
    ///   - resource: The process that they come from.
    ///   - version: The program's version.
    ///   - configuration: The times and bounds.
    ///   - metrics: Counts what becomes of spans.
    ///   - logger: Is told of failures, of each kind at most once a minute.
    ///   - now: The clock that spans are measured by.
    ///   - wallNanoseconds: The time of day, in nanoseconds since 1970 began.
    package init(
        _ queue: SpanQueue,
        _ exporter: any SpanExporter,
        resource: Resource,
        version: String,
        configuration: Configuration,
        metrics: SpanMetrics,
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        wallNanoseconds: @escaping @Sendable () -> Int64
    ) {
        self.queue = queue
        self.exporter = exporter
        self.resource = resource
        self.version = version
        self.configuration = configuration
        self.metrics = metrics
        complaints = Complaints(logger: logger, now: now)
        self.now = now
        self.wallNanoseconds = wallNanoseconds
    }

    /// Exports until cancelled, and then what still waits, for at most ``Configuration/flushTime``.
    ///
    /// Run it beside the loops, not on one: encoding a batch takes some time, and requests do not wait for that either.
    package func run() async {
        let isEnding = Flag()
        // A separate task: a child would be cancelled together with this one, and could not flush.
        let work = Task { await self.work(isEnding) }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            isEnding.raise()
            queue.wake()
            Task {
                try? await Task.sleep(for: configuration.flushTime)
                work.cancel()
            }
        }
    }

    private func work(_ isEnding: Flag) async {
        let isDue = Flag()
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: configuration.delay)
                    isDue.raise()
                    queue.wake()
                }
            }
            // Ends when cancelled, too.
            for await _ in queue.signals {
                // Looked at once: an end that comes in between has a signal of its own.
                let isLast = isEnding.isRaised
                while true {
                    let batch = queue.take(isPartial: isDue.lower() || isLast)
                    if batch.isEmpty { break }
                    await export(batch)
                }
                if let count = queue.newlyDropped() {
                    complaints.warn("Spans were dropped: the collector takes fewer", [.spans: .int(count)])
                }
                if isLast { break }
            }
            group.cancelAll()
        }
        while case let rest = queue.take(isPartial: true), !rest.isEmpty {
            metrics.unreachable.increment(by: rest.count)
        }
    }

    /// Sends a batch until the collector takes or refuses it, or the time for it is over.
    private func export(_ spans: [Span]) async {
        let moment = ExportRequest.Moment(monotonic: now(), nanoseconds: wallNanoseconds())
        let body = ExportRequest(resource: resource, version: version, spans: spans, now: moment).bytes
        let deadline = moment.monotonic + configuration.batchTimeout
        var failures = 0
        while true {
            let timeout = min(configuration.requestTimeout, now().duration(to: deadline))
            switch await exporter.export(body, timeout: timeout) {
            case .accepted(let rejected, let message):
                let rejected = min(rejected, spans.count)
                metrics.exported.increment(by: spans.count - rejected)
                metrics.rejected.increment(by: rejected)
                if rejected > 0 || !message.isEmpty {
                    complaints.warn(
                        "The collector rejected spans",
                        [.spans: .int(rejected), .reason: .string(message)]
                    )
                }
                return
            case .refused(let reason):
                metrics.refused.increment(by: spans.count)
                complaints.warn(
                    "The collector refused spans, which are dropped",
                    [.spans: .int(spans.count), .reason: .string(reason)]
                )
                return
            case .unavailable(let retryAfter, let reason):
                failures += 1
                let pause = retryAfter.map { max($0, .seconds(1)) } ?? Self.pause(after: failures)
                guard !Task.isCancelled, now() + pause < deadline else {
                    metrics.unreachable.increment(by: spans.count)
                    complaints.warn(
                        "The collector took no spans in time, and they are dropped",
                        [.spans: .int(spans.count), .reason: .string(reason)]
                    )
                    return
                }
                complaints.warn("The collector takes no spans now, and they wait", [.reason: .string(reason)])
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// One second, doubled with each failure up to 16, give or take a half: servers do not come back all at once.
    static func pause(after failures: Int) -> Duration {
        .seconds(1 << min(failures - 1, 4)) * Double.random(in: 0.5..<1.5)
    }
}

/// Something that is so, or not.
private final class Flag: Sendable {
    private let state = Atomic(false)

    var isRaised: Bool { state.load(ordering: .acquiring) }

    func raise() { state.store(true, ordering: .releasing) }

    /// Lowers the flag, and returns whether it was raised.
    func lower() -> Bool { state.exchange(false, ordering: .acquiringAndReleasing) }
}

/// Logs each message at most once a minute.
private final class Complaints: Sendable {
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let last = Mutex<[(message: String, time: ContinuousClock.Instant)]>([])

    init(logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.logger = logger
        self.now = now
    }

    func warn(_ message: StaticString, _ fields: LogFields) {
        let now = now()
        let isNew = last.withLock { last in
            let text = message.description
            guard let place = last.firstIndex(where: { $0.message.utf8.elementsEqual(text.utf8) }) else {
                last.append((text, now))
                return true
            }
            guard last[place].time + .seconds(60) <= now else { return false }
            last[place].time = now
            return true
        }
        if isNew { logger.warning(message, fields) }
    }
}

extension LogKey {
    fileprivate static let spans: LogKey = "spans"
    fileprivate static let reason: LogKey = "reason"
}
