package import DaprLog
package import DaprMetrics

/// What the doors of a server have in common.
package struct WebConfiguration: Sendable {
    /// What the OpenAPI document says of the whole.
    package var description: ServiceDescription
    /// Finds out who asks.
    package var authenticator: Authenticator
    /// Which browser origins may read answers.
    package var cors = CORSPolicy()
    /// What the sidecar's calls must carry in `dapr-api-token`; nil asks for nothing.
    package var appAPIToken: String?
    /// How many bytes of requests and answers may be on their way.
    package var inFlight: BytesInFlight.Limits
    /// Where request lines go.
    package var logger: Logger
    /// Where requests are counted.
    package var metrics: MetricsRegistry

    /// Makes a configuration without origins and without an API token.
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

/// What the OpenAPI document says of a whole service.
package struct ServiceDescription: Sendable {
    /// What the service is called.
    package let title: String
    /// What holds for all of it; Markdown.
    package let text: String

    package init(title: String, text: String) {
        self.title = title
        self.text = text
    }
}

/// The handlers of a server's ports, made of its doors; they share counters and caches.
package struct WebService: Sendable {
    /// Answers on the port where the sidecar calls.
    package let app: DoorHandler
    /// Answers on the port where clients call: it has no endpoint for the sidecar, since what cannot be reached cannot be forged.
    package let clients: DoorHandler
    /// Answers on the port where metrics are fetched.
    package let metrics: DoorHandler

    /// Puts doors behind one gate.
    ///
    /// - Parameters:
    ///   - doors: the doors; of two rows with one path and method the later wins.
    ///   - configuration: what they have in common.
    package init(doors: [Door], _ configuration: WebConfiguration) {
        let frame = RequestFrame(
            cors: configuration.cors,
            logger: configuration.logger,
            metrics: configuration.metrics
        )
        let inFlight = BytesInFlight(configuration.inFlight)
        configuration.metrics.gaugeCallback(
            "tasks_bytes_in_flight",
            help: "Bytes of long requests and answers on their way."
        ) {
            Double(inFlight.count)
        }
        let gate = Gate(
            authenticator: configuration.authenticator,
            appAPIToken: configuration.appAPIToken,
            inFlight: inFlight
        )
        let description = APIDescription(configuration.description, doors: doors)
        func rows(_ port: Endpoint.Port) -> [Endpoint] {
            doors.flatMap(\.endpoints).filter { $0.ports.contains(port) }
        }
        func handler(_ rows: [Endpoint]) -> DoorHandler { DoorHandler(endpoints: rows, frame: frame, gate: gate) }
        app = handler(description.described(rows(.app)))
        clients = handler(description.described(rows(.clients)))
        metrics = handler(rows(.metrics))
    }
}
