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
                    summary: "Whether the sidecar and the store answer",
                    description: "Asked for about once a second at most.",
                    tag: .operations,
                    example: .init(answer: ["status": "ready", "checks": ["sidecar": "ok"]]),
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
        for check in readiness.checks { checks[check.name] = check.isOK ? "ok" : "failing" }
        var response = HTTPResponse.json(
            readiness.isReady ? .ok : .serviceUnavailable,
            .object(["status": readiness.isReady ? "ready" : "not_ready", "checks": .object(checks)])
        )
        if !readiness.isReady { response.headers.add("Retry-After", "1") }
        return response
    }
}

extension OperationsEndpoints {
    static let healthSchema = Schema.object(["status": ["const": "ok"]], required: ["status"], closed: false)

    static let readinessSchema = Schema.object(
        [
            "status": ["enum": ["ready", "not_ready"]],
            "checks": .object([
                "type": "object", "additionalProperties": ["enum": ["ok", "failing"]],
            ]),
        ],
        required: ["status", "checks"],
        closed: false
    )
}
