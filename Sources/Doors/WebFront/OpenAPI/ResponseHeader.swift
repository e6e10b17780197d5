package import DaprJSON

/// A header of an answer, as described under `components/headers`.
package struct ResponseHeader: Sendable {
    let name: String
    let description: String
    let schema: JSONValue

    package init(_ name: String, _ description: String, schema: JSONValue = ["type": "string"]) {
        self.name = name
        self.description = description
        self.schema = schema
    }

    var document: JSONValue {
        .object(["description": .string(description), "schema": schema])
    }

    /// References to `headers` by name, and to the headers that every answer has.
    static func references(to headers: [ResponseHeader]) -> JSONValue {
        var references = JSONObject()
        for header in headers + everywhere {
            references[header.name] = ["$ref": .string("#/components/headers/\(header.name)")]
        }
        return .object(references)
    }

    /// The headers that every answer has.
    static let everywhere = [
        ResponseHeader("X-Correlation-ID", "The request's own, or one made for it; the log line has it too."),
        ResponseHeader("traceparent", "The W3C trace context of this exchange."),
    ]

    package static let retryAfter = ResponseHeader(
        "Retry-After",
        "Seconds to wait before the next try.",
        schema: ["type": "integer", "minimum": 0]
    )
    package static let rateLimit = ResponseHeader(
        "RateLimit",
        "How many requests of this kind are left at the moment (draft-ietf-httpapi-ratelimit-headers-11): `\"writes\";r=50;t=1`. Not there when they are not limited."
    )
    package static let rateLimitPolicy = ResponseHeader(
        "RateLimit-Policy",
        "How many requests of this kind, `q`, are taken within `w` seconds: `\"writes\";q=400;w=2`."
    )
    static let allow = ResponseHeader("Allow", "The methods that the path takes.")
    static let authenticate = ResponseHeader("WWW-Authenticate", "The scheme to authenticate with.")
}
