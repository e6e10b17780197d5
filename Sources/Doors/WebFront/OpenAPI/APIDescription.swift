import DaprHTTP
import DaprJSON

/// The content of the OpenAPI document and of the page that shows it to people.
struct APIDescription: Sendable {
    let service: ServiceDescription
    /// The endpoints of all doors, on all ports.
    let endpoints: [Endpoint]
    /// The schemas of all doors, and those of refusals.
    let schemas: [(name: String, schema: JSONValue)]
    /// The errors of all doors.
    let errors: ErrorTable

    init(_ service: ServiceDescription, doors: [Door]) {
        self.service = service
        endpoints = doors.flatMap(\.endpoints)
        schemas = doors.flatMap(\.schemas) + [("Error", Schema.error), ("Problem", Schema.problem)]
        errors = ErrorTable(of: doors)
    }

    /// The given endpoints plus the two that describe them all, including themselves.
    func described(_ endpoints: [Endpoint]) -> [Endpoint] {
        let page = Array(DocsPage(service: service).html.utf8)
        let policy = DocsPage.contentSecurityPolicy
        func rows(document: [UInt8]) -> [Endpoint] {
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
                        summary: "The page that shows this document, and sends requests",
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
                                "Content-Security-Policy": policy,
                                "Referrer-Policy": "no-referrer",
                            ],
                            body: page
                        )
                    }
                ),
            ]
        }
        // The document needs only the descriptions, so it can be built from endpoints that answer nothing yet.
        return rows(document: OpenAPIDocument(api: self, endpoints: rows(document: [])).document.serialized())
    }
}
