import DaprHTTP
import DaprJSON
import DaprMetrics
import WebFront

/// The endpoints for health and metrics.
struct OperationsEndpoints: Sendable {
    let readiness: ReadinessMonitor
    let metrics: MetricsRegistry

    /// The rows of this group.
    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/health",
                operation: Operation(
                    id: "health",
                    summary: "Whether the process runs",
                    tag: .operations,
                    example: .init(answer: ["status": "ok"]),
                    successes: [.json(.ok, "It does.", schema: "Health")],
                    refusals: [.methodNotAllowed, .contentTooLarge]
                ),
                work: .open { _, _ in .json(.ok, ["status": "ok"]) }
            ),
            Endpoint(
                method: .get,
                path: "/ready",
                operation: Operation(
                    id: "ready",
                    summary: "Whether requests can be served, and the state of each part",
                    description:
                        "`sidecar` and `store` decide. `topics`, `subscriptions` and `relay` say how events go: without them changes are kept, and published later. Looked at about once a second at most. After SIGTERM it says `stopping`, while requests are still served.",
                    tag: .operations,
                    example: .init(answer: [
                        "status": "ready",
                        "checks": [
                            "sidecar": "ok", "store": "ok", "topics": "ok", "subscriptions": "ok", "relay": "ok",
                        ],
                    ]),
                    successes: [
                        .json(.ok, "Requests can be served.", schema: "Readiness"),
                        .json(
                            .serviceUnavailable,
                            "They cannot; `checks` says why.",
                            schema: "Readiness",
                            [.retryAfter]
                        ),
                    ],
                    refusals: [.methodNotAllowed, .contentTooLarge]
                ),
                work: .open { _, _ in Self.answer(await readiness.current()) }
            ),
            metricsEndpoint,
        ]
    }

    /// The metrics; never on the port that clients reach.
    private var metricsEndpoint: Endpoint {
        Endpoint(
            method: .get,
            path: "/metrics",
            operation: Operation(
                id: "metrics",
                summary: "Metrics in Prometheus' text format",
                tag: .operations,
                successes: [
                    .init(
                        status: .ok,
                        description: "The metrics.",
                        content: ("text/plain; version=0.0.4", ["type": "string"])
                    )
                ],
                refusals: [.methodNotAllowed, .contentTooLarge]
            ),
            ports: [.app, .metrics],
            work: .open { _, _ in
                HTTPResponse(
                    .ok,
                    headers: ["Content-Type": MetricsRegistry.contentType],
                    body: metrics.exposition()
                )
            }
        )
    }

    private static func answer(_ readiness: Readiness) -> HTTPResponse {
        var checks = JSONObject()
        for check in readiness.checks { checks[check.name] = .string(check.state.rawValue) }
        let status = readiness.isStopping ? "stopping" : readiness.isReady ? "ready" : "not_ready"
        var response = HTTPResponse.json(
            readiness.isReady ? .ok : .serviceUnavailable,
            .object(["status": .string(status), "checks": .object(checks)])
        )
        if !readiness.isReady { response.headers.add("Retry-After", "1") }
        return response
    }
}

extension OperationsEndpoints {
    static let healthSchema = Schema.object(["status": ["const": "ok"]], required: ["status"], closed: false)

    static let readinessSchema = Schema.object(
        [
            "status": ["enum": ["ready", "not_ready", "stopping"]],
            "checks": .object([
                "type": "object",
                "additionalProperties": ["enum": .array(Readiness.State.allCases.map { .string($0.rawValue) })],
            ]),
        ],
        required: ["status", "checks"],
        closed: false
    )
}
