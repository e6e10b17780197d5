import Dapr
import DaprJSON
package import DaprLog
package import DaprMetrics
package import OpenTelemetry
import ServiceMetrics
package import Tasks
package import WebFront

extension Door {
    /// The endpoints that the sidecar calls on the app port: the subscriptions, and the deliveries of their events.
    ///
    /// - Parameters:
    ///   - topics: The topics whose events the sidecar delivers.
    ///   - deliversInBulk: Whether to ask for bulk deliveries, because the broker has them.
    ///   - service: Carries out commands.
    ///   - activity: Counts the activity of owners.
    ///   - deadLetters: Takes events that nobody can handle.
    ///   - commandDeadline: How long a command may take.
    ///   - deliveryTime: How long the events of one delivery may take.
    ///   - logger: Logs refused events.
    ///   - metrics: Counts events.
    ///   - tracer: Records the spans of deliveries; `nil` when none are exported.
    /// - Returns: The door.
    package static func events(
        topics: TopicNames,
        deliversInBulk: Bool,
        service: any TaskService,
        activity: any ActivityService,
        deadLetters: DeadLetterHandler,
        commandDeadline: Duration,
        deliveryTime: Duration = DeliveryBounds.time,
        logger: Logger,
        metrics: MetricsRegistry,
        tracer: Tracer? = nil
    ) -> Door {
        DeliveryBounds.check()
        let events = metrics.counter(.deliveries)
        let sequences = metrics.counter(.sequences)
        let refusals = metrics.counter(.refusedCommands)
        func dead(_ topic: TopicName) -> DeadLetterConsumer {
            DeadLetterConsumer(topic: topic, handler: deadLetters, logger: logger, events: events)
        }
        let endpoints = SidecarEndpoints(
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
                deliveryTime: deliveryTime,
                spans: DeliverySpans(tracer, topics.commands)
            ),
            changes: TaskEventConsumer(
                activity: activity,
                topic: topics.tasks,
                logger: logger,
                events: events,
                sequences: sequences,
                deliveryTime: deliveryTime,
                spans: DeliverySpans(tracer, topics.tasks)
            ),
            deadCommands: dead(topics.commands),
            deadChanges: dead(topics.tasks)
        ).endpoints
        return Door(
            endpoints: endpoints,
            schemas: [
                ("Subscriptions", EventSchema.subscriptions), ("CloudEvent", EventSchema.cloudEvent),
                ("EventAnswer", EventSchema.eventAnswer),
            ]
        )
    }
}

extension Operation.Tag {
    static let sidecar = Operation.Tag("sidecar", "What the Dapr sidecar calls; only on the app port.")
}
