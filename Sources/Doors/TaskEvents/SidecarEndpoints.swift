import Dapr
import DaprHTTP
import DaprJSON
import DaprText
import WebFront

/// What the sidecar calls on the app port: which topics we want, and their events.
struct SidecarEndpoints: Sendable {
    let topics: TopicNames
    /// Whether the broker delivers many events with one request without waiting for them.
    let deliversInBulk: Bool
    let commands: TaskCommandConsumer
    let changes: TaskEventConsumer
    let deadCommands: DeadLetterConsumer
    let deadChanges: DeadLetterConsumer

    /// The rows of this group.
    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/dapr/subscribe",
                operation: Operation(
                    id: "subscriptions",
                    summary: "The topics that the service wants",
                    tag: .sidecar,
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
                "Carry out commands: `task.create`, `task.update`, `task.complete`, `task.reopen`, `task.delete`"
            ) { delivery, exchange in await commands.consume(delivery, exchange) },
            event(
                "/events/tasks",
                "taskEvent",
                "Count changes for the activity",
                reading: { ChangeDelivery($0, isBulk: $1) },
                { delivery, exchange in await changes.consume(delivery, exchange) }
            ),
            event(
                "/events/dead/task-commands",
                "deadTaskCommand",
                "Keep commands that nobody could handle",
                isRaw: true
            ) {
                delivery,
                exchange in await deadCommands.consume(delivery, exchange)
            },
            event("/events/dead/tasks", "deadTaskEvent", "Keep changes that nobody could handle", isRaw: true) {
                delivery,
                exchange in await deadChanges.consume(delivery, exchange)
            },
            // A newer version may have subscribed more topics than this one knows; a 404 would lose their events.
            event("/events/{topic...}", "unknownEvent", "Leave an event of an unknown topic for a later delivery") {
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

    /// Few events wait for more no longer than a person notices.
    ///
    /// Nil for one by one: where the broker has no deliveries of many, daprd
    /// puts one event into each and waits all the same.
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

    /// Raw, since what comes to a dead letter topic may be no event, or one that expired: those a sidecar delivers to nobody else.
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
        isRaw: Bool = false,
        _ consume: @escaping @Sendable (EventDelivery, Exchange) async -> [UInt8]
    ) -> Endpoint {
        event(path, id, summary, reading: { EventDelivery($0, isBulk: $1, isRaw: isRaw) }, consume)
    }

    /// An endpoint for deliveries that are read in a way of their own; `read` gives nil for what is none.
    private func event<Delivery>(
        _ path: String,
        _ id: String,
        _ summary: String,
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
                // Many come as JSON, one as an event.
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
        schema: ["type": "string"]
    )
}
