import Dapr
import HTTPServer
package import Log
package import Metrics
package import Tasks

/// What the API is made of.
package struct TaskAPIConfiguration: Sendable {
    /// How long the events of one delivery may take: less than the sidecar waits in every set of `components/`, to which a test holds it.
    package static let deliveryTime: Duration = .seconds(4)

    /// What carries out commands and answers questions.
    package var service: any TaskService
    /// What owners did.
    package var activity: any ActivityService
    /// Where events go that nobody can handle.
    package var deadLetters: DeadLetterHandler
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
    package var topics: TopicNames
    /// Whether to ask the sidecar for many events with one request; see ``SidecarStartup/deliversInBulk(_:)``.
    package var deliversInBulk = false
    /// What the sidecar's calls must carry in `dapr-api-token`; nil asks for nothing.
    package var appAPIToken: String?
    /// How many bytes of requests and answers may be on their way.
    package var inFlight: BytesInFlight.Limits
    /// How long a command may take.
    package var commandDeadline: Duration
    /// How long the events of one delivery may take.
    package var deliveryTime = TaskAPIConfiguration.deliveryTime
    /// The time of day.
    package var now: @Sendable () -> Timestamp

    /// Makes a configuration with the defaults for the rest.
    package init(
        service: any TaskService,
        activity: any ActivityService,
        deadLetters: DeadLetterHandler,
        authenticator: Authenticator,
        readiness: ReadinessMonitor,
        topics: TopicNames,
        inFlight: BytesInFlight.Limits,
        commandDeadline: Duration,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.service = service
        self.activity = activity
        self.deadLetters = deadLetters
        self.topics = topics
        self.inFlight = inFlight
        self.commandDeadline = commandDeadline
        self.now = now
        self.authenticator = authenticator
        self.readiness = readiness
        self.logger = logger
        self.metrics = metrics
    }

    /// The handlers of the app port, of the public port and of the port for metrics, which share counters and caches.
    ///
    /// The public one has no endpoint for the sidecar, since what cannot be reached cannot be forged, and shows no metrics.
    package func handlers() -> (app: TaskAPIHandler, publicAPI: TaskAPIHandler, metrics: TaskAPIHandler) {
        DeliveryBounds.check()
        let frame = RequestFrame(cors: cors, logger: logger, metrics: metrics)
        let inFlight = BytesInFlight(inFlight)
        metrics.gaugeCallback("tasks_bytes_in_flight", help: "Bytes of long requests and answers on their way.") {
            Double(inFlight.count)
        }
        let gate = Gate(authenticator: authenticator, appAPIToken: appAPIToken, inFlight: inFlight)
        let common =
            TaskEndpoints(service: service, commandDeadline: commandDeadline).endpoints
            + ChangeEndpoints(service: service).endpoints
            + ActivityEndpoints(activity: activity, now: now).endpoints
            + OperationsEndpoints(readiness: readiness, metrics: metrics).endpoints
        let metricsRows = [OperationsEndpoints(readiness: readiness, metrics: metrics).metricsEndpoint]
        func handler(_ rows: [Endpoint]) -> TaskAPIHandler {
            TaskAPIHandler(endpoints: OperationsEndpoints.described(rows), frame: frame, gate: gate)
        }
        return (
            handler(common + metricsRows + sidecarEndpoints), handler(common),
            TaskAPIHandler(endpoints: metricsRows, frame: frame, gate: gate)
        )
    }

    private var sidecarEndpoints: [Endpoint] {
        let events = metrics.counter(
            "task_events_received_total",
            help: "Events that the sidecar delivered.",
            labels: ["topic", "type", "answer"]
        )
        let sequences = metrics.counter(
            "task_event_sequences_total",
            help: "Our own events, by how each follows what the owner's activity counts.",
            labels: ["outcome"]
        )
        let refusals = metrics.counter(
            "task_events_refused_total",
            help: "Commands by event that were not carried out, by why.",
            labels: ["code"]
        )
        func dead(_ topic: TopicName) -> DeadLetterConsumer {
            DeadLetterConsumer(topic: topic, handler: deadLetters, logger: logger, events: events)
        }
        return SidecarEndpoints(
            topics: topics,
            deliversInBulk: deliversInBulk,
            commands: TaskCommandConsumer(
                service: service,
                topic: topics.commands,
                deadLetterTopic: topics.deadLetters(of: topics.commands),
                handler: deadLetters,
                logger: logger,
                events: events,
                refusals: refusals,
                commandDeadline: commandDeadline,
                deliveryTime: deliveryTime
            ),
            changes: TaskEventConsumer(
                activity: activity,
                topic: topics.tasks,
                logger: logger,
                events: events,
                sequences: sequences,
                deliveryTime: deliveryTime
            ),
            deadCommands: dead(topics.commands),
            deadChanges: dead(topics.tasks)
        ).endpoints
    }
}
