import Dapr
import HTTPServer
package import Log
package import Metrics
package import Tasks

/// What the API is made of.
package struct TaskAPIConfiguration: Sendable {
    /// What carries out commands and answers questions.
    package var service: any TaskService
    /// Who may ask.
    package var authenticator: Authenticator
    /// What `/ready` asks.
    package var readiness: ReadinessMonitor
    /// Where request lines go.
    package var logger: Logger
    /// Where requests and events are counted, and what `/metrics` shows.
    package var metrics: MetricsRegistry
    /// Which browser origins may read answers.
    package var cors = CORSPolicy()
    /// The topics whose events the sidecar delivers.
    package var topics = TopicNames()
    /// What the sidecar's calls must carry in `dapr-api-token`; nil asks for nothing.
    package var appAPIToken: String?
    /// How long a command may take.
    package var commandDeadline: Duration = .seconds(10)

    /// Makes a configuration with the defaults for the rest.
    package init(
        service: any TaskService,
        authenticator: Authenticator,
        readiness: ReadinessMonitor,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.service = service
        self.authenticator = authenticator
        self.readiness = readiness
        self.logger = logger
        self.metrics = metrics
    }

    /// The handlers of the app port and of the public port, which share counters and caches.
    ///
    /// The public one has no endpoint for the sidecar: what it cannot reach it cannot forge.
    package func handlers() -> (app: TaskAPIHandler, publicAPI: TaskAPIHandler) {
        let frame = RequestFrame(cors: cors, logger: logger, metrics: metrics)
        let gate = Gate(authenticator: authenticator, appAPIToken: appAPIToken)
        let common =
            TaskEndpoints(service: service, commandDeadline: commandDeadline).endpoints
            + OperationsEndpoints(readiness: readiness, metrics: metrics).endpoints
        func handler(_ rows: [Endpoint]) -> TaskAPIHandler {
            TaskAPIHandler(endpoints: OperationsEndpoints.described(rows), frame: frame, gate: gate)
        }
        return (handler(common + sidecarEndpoints), handler(common))
    }

    private var sidecarEndpoints: [Endpoint] {
        let events = metrics.counter(
            "task_events_received_total",
            help: "Events that the sidecar delivered.",
            labels: ["topic", "type", "answer"]
        )
        let sequences = metrics.counter(
            "task_event_sequences_total",
            help: "Our own events, by how each follows the last of its owner.",
            labels: ["outcome"]
        )
        return SidecarEndpoints(
            topics: topics,
            commands: TaskCommandConsumer(
                service: service,
                topic: topics.commands,
                logger: logger,
                events: events,
                commandDeadline: commandDeadline
            ),
            observer: TaskEventObserver(
                topic: topics.tasks,
                logger: logger,
                events: events,
                sequences: sequences,
                watch: SequenceWatch()
            )
        ).endpoints
    }
}
