package import DaprLog
package import DaprMetrics
package import OpenTelemetry
import ServiceMetrics

/// The configuration that the doors of a server share.
package struct WebConfiguration: Sendable {
    /// The description of the service in the OpenAPI document.
    package var description: ServiceDescription
    /// Identifies the senders of requests.
    package var authenticator: Authenticator
    /// The browser origins that may read answers.
    package var cors = CORSPolicy()
    /// The value that the sidecar's calls must have in `dapr-api-token`; `nil` to require none.
    package var appAPIToken: String?
    /// The limits on the bytes of requests and answers in flight.
    package var inFlight: Allotment.Limits
    /// The limits on how often what costs much may be asked for.
    package var rates: RateLimits
    /// The longest that a request of a user may have waited for the server to look at it; older ones are answered 503.
    package var longestWait: Duration
    /// Gets the log line of each request.
    package var logger: Logger
    /// Which requests have a log line.
    package var requestLog = RequestLogPolicy()
    /// Counts the requests.
    package var metrics: MetricsRegistry
    /// Records the spans of requests; `nil` when none are exported.
    package var tracer: Tracer?

    /// Creates a configuration without CORS origins and without an API token.
    package init(
        description: ServiceDescription,
        authenticator: Authenticator,
        inFlight: Allotment.Limits,
        rates: RateLimits,
        longestWait: Duration,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.description = description
        self.authenticator = authenticator
        self.inFlight = inFlight
        self.rates = rates
        self.longestWait = longestWait
        self.logger = logger
        self.metrics = metrics
    }
}

/// The description of a service in the OpenAPI document.
package struct ServiceDescription: Sendable {
    /// The name of the service.
    package let title: String
    /// General information, in Markdown.
    package let text: String

    package init(title: String, text: String) {
        self.title = title
        self.text = text
    }
}

/// The handlers of a server's ports, built from its doors; they share counters and caches.
package struct WebService: Sendable {
    /// Answers on the port that the sidecar calls.
    package let app: DoorHandler
    /// Answers on the port for clients; it has no endpoint of the sidecar's, so clients cannot forge its calls.
    package let clients: DoorHandler
    /// Answers on the port for metrics.
    package let metrics: DoorHandler
    private let description: APIDescription

    /// All errors that clients can be told.
    package var errors: ErrorTable { description.errors }

    /// Puts doors behind one gate.
    ///
    /// - Parameters:
    ///   - doors: The doors; of two endpoints with the same path and method the later wins.
    ///   - configuration: The configuration that they share.
    package init(doors: [Door], _ configuration: WebConfiguration) {
        let frame = RequestFrame(
            cors: configuration.cors,
            log: RequestLog(configuration.logger, configuration.requestLog),
            metrics: configuration.metrics,
            tracer: configuration.tracer
        )
        let inFlight = BytesInFlight(configuration.inFlight)
        configuration.metrics.callback(.inFlightBytes) { Double(inFlight.count) }
        let limited = configuration.metrics.counter(.limitedRequests)
        var gate = Gate(
            authenticator: configuration.authenticator,
            appAPIToken: configuration.appAPIToken,
            inFlight: inFlight,
            limiter: RateLimiter(configuration.rates, refused: limited, logger: configuration.logger),
            longestWait: configuration.longestWait,
            waitedLonger: limited.child("wait")
        )
        let description = APIDescription(configuration.description, doors: doors)
        self.description = description
        func rows(_ port: Endpoint.Port) -> [Endpoint] {
            doors.flatMap(\.endpoints).filter { $0.ports.contains(port) }
        }
        func handler(_ rows: [Endpoint]) -> DoorHandler { DoorHandler(endpoints: rows, frame: frame, gate: gate) }
        app = handler(description.described(rows(.app)))
        gate.limitsAddresses = true
        clients = handler(description.described(rows(.clients)))
        metrics = handler(rows(.metrics))
    }
}
