import Dapr
import DaprHTTP
import DaprJSON
import DaprText
import WebFront

/// The endpoints that the sidecar calls on the app port: our subscriptions, and their events.
struct SidecarEndpoints: Sendable {
    let topics: TopicNames
    /// Whether the broker delivers events in bulk without waiting for more.
    let deliversInBulk: Bool
    let commands: TaskCommandConsumer
    let changes: TaskEventConsumer
    let deadCommands: DeadLetterConsumer
    let deadChanges: DeadLetterConsumer

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/dapr/subscribe",
                operation: Operation(
                    id: "subscriptions",
                    summary: "The topics that the service wants",
                    tag: .sidecar,
                    example: .subscriptions,
                    successes: [.json(.ok, "The subscriptions.", schema: "Subscriptions")],
                    refusals: [.notTheSidecar, .notADelivery, .methodNotAllowed, .contentTooLarge],
                    security: .appAPIToken
                ),
                ports: [.app],
                work: .sidecar { _, _ in
                    HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: declaration)
                }
            ),
            event(
                "/events/task-commands",
                "taskCommand",
                "Carry out commands: `task.create`, `task.update`, `task.complete`, `task.reopen`, `task.delete`",
                .taskCommand
            ) { delivery, exchange in await commands.consume(delivery, exchange) },
            event(
                "/events/tasks",
                "taskEvent",
                "Count changes for the activity",
                .taskEvent,
                reading: { ChangeDelivery($0, isBulk: $1) },
                { delivery, exchange in await changes.consume(delivery, exchange) }
            ),
            event(
                "/events/dead/task-commands",
                "deadTaskCommand",
                "Keep commands that nobody could handle",
                .deadTaskCommand,
                isRaw: true
            ) {
                delivery,
                exchange in await deadCommands.consume(delivery, exchange)
            },
            event(
                "/events/dead/tasks",
                "deadTaskEvent",
                "Keep changes that nobody could handle",
                .deadTaskEvent,
                isRaw: true
            ) {
                delivery,
                exchange in await deadChanges.consume(delivery, exchange)
            },
            // A newer version may have subscribed to topics that this one does not know; a 404 would lose their events.
            event(
                "/events/{topic...}",
                "unknownEvent",
                "Leave an event of an unknown topic for a later delivery",
                .unknownEvent
            ) {
                delivery,
                _ in delivery.body([])
            },
        ]
    }

    private var declaration: [UInt8] {
        SubscriptionDeclaration.body([
            subscription(
                to: topics.commands,
                "/events/task-commands",
                bulk(DeliveryBounds.commands, wait: .milliseconds(20))
            ),
            subscription(to: topics.tasks, "/events/tasks", bulk(DeliveryBounds.changes, wait: .milliseconds(100))),
            dead(topics.commands, "/events/dead/task-commands"),
            dead(topics.tasks, "/events/dead/tasks"),
        ])
    }

    /// The bulk options of a subscription; `nil` to get events one by one.
    ///
    /// `wait` is too short for a person to notice. Where the broker does not deliver in bulk, daprd puts one event into
    /// each delivery and still waits the full time.
    private func bulk(_ count: Int, wait: Duration) -> Subscription.Bulk? {
        deliversInBulk ? .init(maximumMessages: count, maximumWait: wait) : nil
    }

    private func subscription(to topic: TopicName, _ route: String, _ bulk: Subscription.Bulk?) -> Subscription {
        Subscription(
            pubsub: topics.pubsub,
            topic: topic,
            route: route,
            deadLetterTopic: topics.deadLetters(of: topic),
            bulk: bulk
        )
    }

    /// Raw, because a message on a dead letter topic may be no event, or an expired one; a sidecar gives those to raw
    /// subscriptions only.
    private func dead(_ topic: TopicName, _ route: String) -> Subscription {
        Subscription(
            pubsub: topics.pubsub,
            topic: topics.deadLetters(of: topic),
            route: route,
            bulk: bulk(DeliveryBounds.deadLetters, wait: .milliseconds(100)),
            metadata: ["rawPayload": "true"]
        )
    }

    private func event(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ example: Operation.Example,
        isRaw: Bool = false,
        _ consume: @escaping @Sendable (EventDelivery, Exchange) async -> [UInt8]
    ) -> Endpoint {
        event(path, id, summary, example, reading: { EventDelivery($0, isBulk: $1, isRaw: isRaw) }, consume)
    }

    /// An endpoint for deliveries that `read` parses; `read` returns `nil` for a body that is not a delivery.
    private func event<Delivery>(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ example: Operation.Example,
        reading read: @escaping @Sendable (_ body: [UInt8], _ isBulk: Bool) -> Delivery?,
        _ consume: @escaping @Sendable (Delivery, Exchange) async -> [UInt8]
    ) -> Endpoint {
        Endpoint(
            method: .post,
            path: path,
            operation: Operation(
                id: id,
                summary: summary,
                tag: .sidecar,
                example: example,
                parameters: path.hasByteSuffix("...}") ? [.topic] : [],
                body: .event(limitInBytes: DeliveryBounds.limitInBytes),
                bodySchema: "CloudEvent",
                successes: [.json(.ok, "What becomes of the event.", schema: "EventAnswer")],
                refusals: [
                    .notTheSidecar, .notADelivery, .methodNotAllowed, .contentTooLarge, .unsupportedMediaType,
                ],
                security: .appAPIToken
            ),
            ports: [.app],
            work: .sidecar { (request, exchange) async throws(WebFault) in
                // Bulk deliveries come as JSON, single ones as an event.
                let isBulk = request.headers["Content-Type"].flatMap(MediaType.init(header:)) == .json
                guard let delivery = read(request.body, isBulk) else {
                    throw .unsupportedMediaType(accepted: [.cloudEvent])
                }
                return HTTPResponse(
                    .ok,
                    headers: ["Content-Type": "application/json"],
                    body: await consume(delivery, exchange)
                )
            }
        )
    }
}

extension Parameter {
    fileprivate static let topic = Parameter(
        name: "topic",
        place: .path,
        description: "Anything.",
        schema: ["type": "string"],
        example: "reminders"
    )
}
