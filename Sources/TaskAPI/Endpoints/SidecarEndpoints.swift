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
    let observer: TaskEventObserver

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
                "Carry out a command: `task.create` with `data` = `user_id` and the fields of a task"
            ) { request, exchange in await commands.consume(request.body, exchange) },
            event("/events/tasks", "taskEvent", "Take note of a change") { request, exchange in
                observer.observe(request.body, exchange)
            },
            // A newer version may have subscribed more topics than this one knows; a 404 would lose their events.
            event("/events/{topic...}", "unknownEvent", "Leave an event of an unknown topic for a later delivery") {
                _,
                _ in .retry
            },
        ]
    }

    private var declaration: [UInt8] {
        SubscriptionDeclaration.body([
            Subscription(
                pubsub: topics.pubsub,
                topic: topics.commands,
                route: "/events/task-commands",
                deadLetterTopic: topics.deadLetters(of: topics.commands)
            ),
            Subscription(
                pubsub: topics.pubsub,
                topic: topics.tasks,
                route: "/events/tasks",
                deadLetterTopic: topics.deadLetters(of: topics.tasks)
            ),
        ])
    }

    private func event(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ consume: @escaping @Sendable (HTTPRequest, Exchange) async -> TopicEventAnswer
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
                    body: await consume(request, exchange).body
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
