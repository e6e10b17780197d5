import HTTPServer
import JSON

/// What the OpenAPI document says of an endpoint.
struct Operation: Sendable {
    /// The identifier that generated clients name their method by.
    var id: String
    /// What it does, in a few words.
    var summary: String
    /// What else a caller must know; Markdown.
    var description = ""
    /// The group it stands in.
    var tag: Tag
    var parameters: [Parameter] = []
    var body = BodyRequirement.none
    /// The schema of the body, by its name in `Schema.all`; nil when there is no body.
    var bodySchema: String?
    /// What it answers when all is well.
    var successes: [Success]
    /// The refusals it can answer, by their name in `RefusalDescription`.
    var refusals: [RefusalDescription] = []
    var security = Security.open

    enum Tag: String, Sendable, CaseIterable {
        case tasks, operations, sidecar

        var description: String {
            switch self {
            case .tasks: "The tasks of the token's subject."
            case .operations: "Health, metrics and this document; no token needed."
            case .sidecar: "What the Dapr sidecar calls; only on the app port."
            }
        }
    }

    enum Security: Sendable {
        case open, bearer, appAPIToken
    }

    /// One good answer.
    struct Success: Sendable {
        var status: HTTPStatus
        var description: String
        /// The content type and schema of the body; nil when there is none.
        var content: (type: String, schema: JSONValue)?
        var headers: [ResponseHeader] = []
    }
}

/// A parameter of an operation, as it stands under `components/parameters`.
struct Parameter: Sendable {
    enum Place: String, Sendable {
        case path, query, header
    }

    var name: String
    var place: Place
    var description: String
    var schema: JSONValue

    /// The object that describes it.
    var document: JSONValue {
        .object([
            "name": .string(name), "in": .string(place.rawValue), "required": .bool(place == .path),
            "description": .string(description), "schema": schema,
        ])
    }
}

/// A header of an answer, as it stands under `components/headers`.
enum ResponseHeader: String, Sendable, CaseIterable {
    case allow = "Allow"
    case correlationID = "X-Correlation-ID"
    case etag = "ETag"
    case location = "Location"
    case replayed = "Idempotent-Replayed"
    case retryAfter = "Retry-After"
    case traceparent
    case authenticate = "WWW-Authenticate"

    var document: JSONValue {
        .object(["description": .string(description), "schema": schema])
    }

    private var description: String {
        switch self {
        case .allow: "The methods that the path takes."
        case .correlationID: "The request's own, or one made for it; the log line has it too."
        case .etag: "The task's version in quotes."
        case .location: "Where the new task is, in the path family that the request used."
        case .replayed:
            "`true` when a command with this Idempotency-Key was carried out before; the task is as it is now."
        case .retryAfter: "Seconds to wait before the next try."
        case .traceparent: "The W3C trace context of this exchange."
        case .authenticate: "The scheme to authenticate with."
        }
    }

    private var schema: JSONValue {
        switch self {
        case .retryAfter: ["type": "integer", "minimum": 0]
        case .replayed: ["const": "true"]
        case .allow, .correlationID, .etag, .location, .traceparent, .authenticate: ["type": "string"]
        }
    }
}
