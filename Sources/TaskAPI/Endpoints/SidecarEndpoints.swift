import Dapr
import HTTPServer
import JSON
import Log
import Metrics
import Tasks

/// What the sidecar calls on the app port: which topics we want, and their events.
struct SidecarEndpoints: Sendable {
    let topics: TopicNames
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
                    refusals: [.notTheSidecar, .methodNotAllowed, .contentTooLarge],
                    security: .appAPIToken
                ),
                work: .sidecar { _, _ in
                    HTTPResponse(.ok, headers: ["Content-Type": "application/json"], body: declaration)
                }
            ),
            event(
                "/events/task-commands",
                "taskCommand",
                "Carry out commands: `task.create`, `task.update`, `task.complete`, `task.reopen`, `task.delete`"
            ) { request, exchange in await commands.consume(request.body, exchange) },
            event("/events/tasks", "taskEvent", "Count changes for the activity") { request, exchange in
                await changes.consume(request.body, exchange)
            },
            event("/events/dead/task-commands", "deadTaskCommand", "Keep commands that nobody could handle") {
                request,
                exchange in await deadCommands.consume(request.body, exchange)
            },
            event("/events/dead/tasks", "deadTaskEvent", "Keep changes that nobody could handle") {
                request,
                exchange in await deadChanges.consume(request.body, exchange)
            },
            // A newer version may have subscribed more topics than this one knows; a 404 would lose their events.
            event("/events/{topic...}", "unknownEvent", "Leave an event of an unknown topic for a later delivery") {
                request,
                _ in EventDelivery(request.body).body([])
            },
        ]
    }

    private var declaration: [UInt8] {
        SubscriptionDeclaration.body([
            subscription(to: topics.commands, "/events/task-commands", wait: .milliseconds(20)),
            subscription(to: topics.tasks, "/events/tasks", wait: .milliseconds(100)),
            dead(topics.commands, "/events/dead/task-commands"),
            dead(topics.tasks, "/events/dead/tasks"),
        ])
    }

    /// Up to 100 events with one request; few wait for more no longer than a person notices.
    private func subscription(to topic: TopicName, _ route: String, wait: Duration) -> Subscription {
        Subscription(
            pubsub: topics.pubsub,
            topic: topic,
            route: route,
            deadLetterTopic: topics.deadLetters(of: topic),
            bulk: .init(maximumMessages: 100, maximumWait: wait)
        )
    }

    /// Raw, since what comes to a dead letter topic may be no event, or one that expired: those a sidecar delivers to nobody else.
    private func dead(_ topic: TopicName, _ route: String) -> Subscription {
        Subscription(
            pubsub: topics.pubsub,
            topic: topics.deadLetters(of: topic),
            route: route,
            bulk: .init(maximumMessages: 100, maximumWait: .milliseconds(100)),
            metadata: ["rawPayload": "true"]
        )
    }

    private func event(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ consume: @escaping @Sendable (HTTPRequest, Exchange) async -> [UInt8]
    ) -> Endpoint {
        Endpoint(
            method: .post,
            path: path,
            operation: Operation(
                id: id,
                summary: summary,
                tag: .sidecar,
                parameters: path.hasSuffix("...}") ? [.topic] : [],
                body: .event,
                bodySchema: "CloudEvent",
                successes: [.json(.ok, "What becomes of the event.", schema: "EventAnswer")],
                refusals: [.notTheSidecar, .methodNotAllowed, .contentTooLarge],
                security: .appAPIToken
            ),
            work: .sidecar { request, exchange in
                HTTPResponse(
                    .ok,
                    headers: ["Content-Type": "application/json"],
                    body: await consume(request, exchange)
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
