import DaprEventLoop
import DaprLibcurl
import DaprLog
import DaprMetrics
import DaprOperatingSystem
import OTLPExporter
import OpenTelemetry

/// The recording of spans, and their way to a collector.
struct SpanExport: Sendable {
    let tracer: Tracer
    private let processor: BatchSpanProcessor
    private let client: CurlClient

    /// Puts the parts together; nothing is sent before ``run()``.
    ///
    /// - Parameters:
    ///   - configuration: How spans are recorded and exported.
    ///   - instance: A name of this process that no other has.
    ///   - loops: Where the requests to the collector run.
    ///   - metrics: Counts what becomes of spans.
    ///   - logger: Is told why spans do not arrive.
    /// - Throws: `CurlError` when there is no memory for a client.
    init(
        _ configuration: TracingConfiguration,
        instance: String,
        loops: EventLoopGroup,
        metrics: MetricsRegistry,
        logger: Logger
    ) throws(CurlError) {
        let version = ServerSettings.version
        let spanMetrics = SpanMetrics(metrics)
        let queue = SpanQueue(
            limit: configuration.queueSize,
            batchSize: configuration.batchSize,
            metrics: spanMetrics
        )
        // A client of its own: the other one's calls may all go to the sidecar's socket.
        client = try CurlClient(.init(certificateAuthorities: configuration.certificateAuthorities), on: loops)
        tracer = Tracer(sampler: configuration.sampler, queue: queue)
        processor = BatchSpanProcessor(
            queue,
            OTLPHTTPExporter(client, to: configuration.endpoint, headers: configuration.headers),
            resource: Resource(
                name: configuration.serviceName,
                fallback: "task-server",
                version: version,
                instance: instance,
                others: configuration.resourceAttributes
            ),
            version: version,
            configuration: configuration.export,
            metrics: spanMetrics,
            logger: logger,
            wallNanoseconds: { WallClock.nanoseconds }
        )
    }

    /// Exports until cancelled, then flushes, for two seconds at most.
    func run() async { await processor.run() }

    /// Closes the connections to the collector.
    func shutDown() async { await client.shutdown() }
}
