package import DaprLog
package import DaprMetrics
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
    package var inFlight: BytesInFlight.Limits
    /// Gets the log line of each request.
    package var logger: Logger
    /// Which requests have a log line.
    package var requestLog = RequestLogPolicy()
    /// Counts the requests.
    package var metrics: MetricsRegistry

    /// Creates a configuration without CORS origins and without an API token.
    package init(
        description: ServiceDescription,
        authenticator: Authenticator,
        inFlight: BytesInFlight.Limits,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.description = description
        self.authenticator = authenticator
        self.inFlight = inFlight
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
    /// All errors that clients can be told.
    package let errors: ErrorTable

    /// Puts doors behind one gate.
    ///
    /// - Parameters:
    ///   - doors: The doors; of two endpoints with the same path and method the later wins.
    ///   - configuration: The configuration that they share.
    package init(doors: [Door], _ configuration: WebConfiguration) {
        let frame = RequestFrame(
            cors: configuration.cors,
            log: RequestLog(configuration.logger, configuration.requestLog),
            metrics: configuration.metrics
        )
        let inFlight = BytesInFlight(configuration.inFlight)
        configuration.metrics.callback(.inFlightBytes) { Double(inFlight.count) }
        let gate = Gate(
            authenticator: configuration.authenticator,
            appAPIToken: configuration.appAPIToken,
            inFlight: inFlight
        )
        let description = APIDescription(configuration.description, doors: doors)
        errors = description.errors
        func rows(_ port: Endpoint.Port) -> [Endpoint] {
            doors.flatMap(\.endpoints).filter { $0.ports.contains(port) }
        }
        func handler(_ rows: [Endpoint]) -> DoorHandler { DoorHandler(endpoints: rows, frame: frame, gate: gate) }
        app = handler(description.described(rows(.app)))
        clients = handler(description.described(rows(.clients)))
        metrics = handler(rows(.metrics))
    }
}
