import HTTPServer
import JSON
import Metrics

/// Health, metrics and the API's own description.
struct OperationsEndpoints: Sendable {
    let readiness: ReadinessMonitor
    let metrics: MetricsRegistry

    /// The rows of this group but for the metrics and the two that describe all rows.
    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .get,
                path: "/health",
                operation: Operation(
                    id: "health",
                    summary: "Whether the process runs",
                    tag: .operations,
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
        ]
    }

    /// What is counted; never on the port that clients reach.
    var metricsEndpoint: Endpoint {
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
            work: .open { _, _ in
                HTTPResponse(
                    .ok,
                    headers: ["Content-Type": MetricsRegistry.contentType],
                    body: metrics.exposition()
                )
            }
        )
    }

    /// All rows with the two that describe them, themselves included.
    static func described(_ endpoints: [Endpoint]) -> [Endpoint] {
        func rows(document: [UInt8], page: [UInt8]) -> [Endpoint] {
            endpoints + [
                Endpoint(
                    method: .get,
                    path: "/openapi.json",
                    operation: Operation(
                        id: "openAPI",
                        summary: "This document",
                        tag: .operations,
                        successes: [
                            .init(
                                status: .ok,
                                description: "OpenAPI 3.1.",
                                content: ("application/json", ["type": "object"])
                            )
                        ],
                        refusals: [.methodNotAllowed, .contentTooLarge]
                    ),
                    work: .open { _, _ in
                        HTTPResponse(
                            .ok,
                            headers: ["Content-Type": "application/json", "Cache-Control": "no-cache"],
                            body: document
                        )
                    }
                ),
                Endpoint(
                    method: .get,
                    path: "/docs",
                    operation: Operation(
                        id: "docs",
                        summary: "This document for people",
                        tag: .operations,
                        successes: [
                            .init(status: .ok, description: "A page.", content: ("text/html", ["type": "string"]))
                        ],
                        refusals: [.methodNotAllowed, .contentTooLarge]
                    ),
                    work: .open { _, _ in
                        HTTPResponse(
                            .ok,
                            headers: [
                                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache",
                                "Content-Security-Policy": DocsPage.contentSecurityPolicy,
                                "Referrer-Policy": "no-referrer",
                            ],
                            body: page
                        )
                    }
                ),
            ]
        }
        // The documents are made of the rows alone, so rows that answer nothing yet describe themselves well enough.
        let all = rows(document: [], page: [])
        return rows(
            document: OpenAPIDocument(endpoints: all).document.serialized(),
            page: Array(DocsPage(endpoints: all).html.utf8)
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

extension HTTPResponse {
    /// An answer with a JSON body.
    static func json(_ status: HTTPStatus, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], body: value.serialized())
    }
}

extension Operation.Success {
    /// A good answer with a JSON body of a named schema.
    static func json(
        _ status: HTTPStatus,
        _ description: String,
        schema: String,
        _ headers: [ResponseHeader] = []
    ) -> Operation.Success {
        .init(
            status: status,
            description: description,
            content: ("application/json", Schema.reference(schema)),
            headers: headers
        )
    }
}
