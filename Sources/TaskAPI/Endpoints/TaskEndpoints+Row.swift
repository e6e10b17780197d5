import HTTPServer
import JSON
import Tasks

extension TaskEndpoints {
    /// One operation on tasks, before its path family is known.
    struct Row {
        let method: HTTPMethod
        /// What follows the family's path.
        let path: String
        let operation: Operation
        let answer: Responder

        typealias Responder = @Sendable (HTTPRequest, Exchange, OwnerID) async throws(APIFault) -> HTTPResponse

        init(_ method: HTTPMethod, _ path: String, _ operation: Operation, _ answer: @escaping Responder) {
            self.method = method
            self.path = path
            self.operation = operation
            self.answer = answer
        }

        /// The endpoint of this row in one family.
        func endpoint(under family: String, named suffix: String, with parameters: [Parameter]) -> Endpoint {
            var operation = operation
            operation.id += suffix
            operation.parameters = parameters + operation.parameters + [.correlationID, .traceparent]
            operation.security = .bearer
            if !parameters.isEmpty { operation.refusals.append(.foreignUser) }
            return Endpoint(method: method, path: family + path, operation: operation, work: .owner(answer))
        }

        /// What every read can be refused with.
        static let readRefusals: [RefusalDescription] = [
            .badRequest, .unauthorized, .methodNotAllowed, .contentTooLarge, .tooManyRequests, .internalError,
            .unavailable,
        ]
        /// What every write can be refused with.
        static let writeRefusals: [RefusalDescription] =
            readRefusals + [.conflict, .unsupportedMediaType]
        /// What every write to a task that is there can be refused with.
        static let changeRefusals: [RefusalDescription] = writeRefusals + [.notFound, .preconditionFailed]

        /// An action without a body of its own.
        static func action(_ id: String, _ summary: String) -> Operation {
            Operation(
                id: id,
                summary: summary,
                description: "The body is empty, or `{}`. Doing it twice changes nothing more.",
                tag: .tasks,
                parameters: [.taskID, .ifMatch, .idempotencyKey],
                body: .empty,
                successes: [.task(.ok, "The task as it is now.", [.etag, .replayed])],
                refusals: changeRefusals + [.invalidFields]
            )
        }
    }
}

extension Operation.Success {
    /// A good answer with a task.
    static func task(_ status: HTTPStatus, _ description: String, _ headers: [ResponseHeader]) -> Operation.Success {
        .json(status, description, schema: "Task", headers)
    }
}

extension Parameter {
    /// `*`, or a list of entity tags (RFC 9110, 8.8.3).
    private static let entityTags: JSONValue = [
        "type": "string", "minLength": 1, "pattern": #"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#,
    ]

    static let userID = Parameter(
        name: "user_id",
        place: .path,
        description: "The token's subject; any other is refused.",
        schema: ["type": "string"]
    )
    static let taskID = Parameter(
        name: "id",
        place: .path,
        description: "The task's identifier.",
        schema: ["type": "string", "format": "uuid"]
    )
    static let ifMatch = Parameter(
        name: "If-Match",
        place: .header,
        description: "Entity tags of the versions that may be changed, or `*`; any other version is refused with 412.",
        schema: entityTags
    )
    static let ifNoneMatch = Parameter(
        name: "If-None-Match",
        place: .header,
        description: "Entity tags of the versions that are known; one of them is answered 304.",
        schema: entityTags
    )
    static let idempotencyKey = Parameter(
        name: "Idempotency-Key",
        place: .header,
        description: "Names the request: the same one again within 24 hours has no effect and gets the first answer.",
        schema: ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"]
    )
    static let correlationID = Parameter(
        name: "X-Correlation-ID",
        place: .header,
        description: "Names the request in logs: 1 to 128 characters of `[A-Za-z0-9._-]`; any other text is replaced.",
        schema: ["type": "string"]
    )
    static let traceparent = Parameter(
        name: "traceparent",
        place: .header,
        description: "The caller's W3C trace context.",
        schema: ["type": "string"]
    )
}
