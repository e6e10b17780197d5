import DaprHTTP
import DaprJSON
import Tasks
import WebFront

extension TaskEndpoints {
    /// One operation on an owner's data, under both path families: with and without the user in the path.
    struct Row {
        let method: HTTPMethod
        /// The path behind that of the family, which is `/api` or `/api/{user_id}`.
        let path: String
        let operation: Operation
        let answer: Endpoint.PrincipalResponder
        let cost: EndpointCost

        /// Creates a row; without a `cost` a `GET` costs little, and anything else is a write.
        init(
            _ method: HTTPMethod,
            _ path: String,
            _ operation: Operation,
            _ answer: @escaping Endpoint.PrincipalResponder,
            cost: EndpointCost? = nil
        ) {
            self.method = method
            self.path = path
            self.operation = operation
            self.answer = answer
            self.cost = cost ?? (method == .get ? .low : .write)
        }

        /// The endpoints of this row.
        var endpoints: [Endpoint] {
            [
                endpoint(under: "/api", named: "", with: []),
                endpoint(under: "/api/{user_id}", named: "OfUser", with: [.userID]),
            ]
        }

        private func endpoint(
            under family: String,
            named suffix: String,
            with parameters: [Parameter]
        ) -> Endpoint {
            var operation = operation
            operation.id += suffix
            operation.parameters = parameters + operation.parameters + [.correlationID, .traceparent]
            operation.security = .bearer
            if !parameters.isEmpty { operation.refusals.append(.foreignUser) }
            if cost.isLimited { operation.addToSuccesses([.rateLimit, .rateLimitPolicy]) }
            return Endpoint(
                method: method,
                path: family + path,
                operation: operation,
                cost: cost,
                work: .principal(answer)
            )
        }

        /// The refusals that every read shares.
        static let readRefusals: [RefusalDescription] = [
            .badRequest, .unauthorized, .methodNotAllowed, .contentTooLarge, .tooManyRequests, .internalError,
            .unavailable,
        ]
        /// The refusals that every write shares.
        static let writeRefusals: [RefusalDescription] =
            readRefusals + [.conflict, .unsupportedMediaType]
        /// The refusals of every write to an existing task.
        static let changeRefusals: [RefusalDescription] = writeRefusals + [.notFound, .preconditionFailed]

        /// The answers to a change of a task.
        static let changed: [Operation.Success] = [
            .task(
                .ok,
                "The task after the command.",
                [.etag, .replayed, .undoToken, .preferenceApplied, .mergedFields]
            ),
            .init(
                status: .noContent,
                description: "The same without the task, for `Prefer: return=minimal`.",
                headers: [.etag, .replayed, .undoToken, .preferenceApplied, .mergedFields]
            ),
        ]

        /// An operation without fields in its body.
        static func action(_ id: String, _ summary: String, _ example: Operation.Example) -> Operation {
            Operation(
                id: id,
                summary: summary,
                description: "The body is empty, or `{}`. Doing it twice changes nothing more.",
                tag: .tasks,
                example: example,
                parameters: [.taskID, .ifMatch, .idempotencyKey, .prefer],
                body: .empty,
                successes: changed,
                refusals: changeRefusals + [.invalidFields]
            )
        }
    }
}

extension Operation.Success {
    /// A successful answer with a task.
    static func task(_ status: HTTPStatus, _ description: String, _ headers: [ResponseHeader]) -> Operation.Success {
        .json(status, description, schema: "Task", headers)
    }
}

extension Parameter {
    /// `*`, or a list of entity tags (RFC 9110 section 8.8.3).
    private static let entityTags: JSONValue = [
        "type": "string",
        "anyOf": [["const": "*"], ["pattern": #"^(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*$"#]],
    ]

    static let taskID = Parameter(
        name: "id",
        place: .path,
        description: "The task's identifier.",
        schema: ["type": "string", "format": "uuid"],
        example: "019b7ca9-8f2f-7000-8000-000000000001"
    )
    static let ifMatch = Parameter(
        name: "If-Match",
        place: .header,
        description: "Entity tags of the versions that may be changed, or `*`; any other version is refused with 412.",
        schema: entityTags,
        example: "\"1\""
    )
    static let ifNoneMatch = Parameter(
        name: "If-None-Match",
        place: .header,
        description: "Entity tags of the versions that are known; one of them is answered 304.",
        schema: entityTags,
        example: "\"1\""
    )
    static let prefer = Parameter(
        name: "Prefer",
        place: .header,
        description:
            "`return=minimal` leaves the task out of the answer. `merge`, with one version in `If-Match`: a change that is based on an older version is carried over to the task as it is, unless both set the same field; tags are added and removed as both did.",
        schema: ["type": "string"],
        example: "merge"
    )
    static let idempotencyKey = Parameter(
        name: "Idempotency-Key",
        place: .header,
        description: "Names the request: the same one again within 24 hours has no effect and gets the first answer.",
        schema: ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"]
    )
}

extension ResponseHeader {
    static let etag = ResponseHeader("ETag", "The task's version in quotes.")
    static let asOf = ResponseHeader(
        "As-Of",
        "With `as_of`: the sequence of the change after which the task was so.",
        schema: ["type": "integer", "minimum": 0]
    )
    static let location = ResponseHeader("Location", "Where the new task is, in the path family that the request used.")
    static let replayed = ResponseHeader(
        "Idempotent-Replayed",
        "`true` when a command with this Idempotency-Key was carried out before; this is the first answer, whatever has happened since.",
        schema: ["const": "true"]
    )
}

extension ResponseHeader {
    static let undoToken = ResponseHeader(
        "Undo-Token",
        "Takes the command back, with `POST /api/undo`; absent when it changed nothing."
    )
    static let preferenceApplied = ResponseHeader("Preference-Applied", "What of `Prefer` was heeded.")
    static let mergedFields = ResponseHeader(
        "Merged-Fields",
        "The fields that others had changed since the version in `If-Match`, and that were kept; only where there are some."
    )
}

extension TaskEndpoints {
    /// The schema of one page of a list.
    static let pageSchema = Schema.object(
        [
            "as_of": [
                "type": "integer", "minimum": 0,
                "description": "The sequence of the change after which the tasks were so; only with `as_of`.",
            ],
            "counts": .object([
                "type": "object", "description": "Of the tasks that match, by status; only with `include=counts`.",
                "properties": .object(
                    JSONObject(
                        TaskStatus.allCases.map { (key: $0.rawValue, value: ["type": "integer", "minimum": 0]) }
                    )
                ),
            ]),
            "items": .object([
                "type": "array", "description": "Whole tasks, or what `fields` names of them.",
                "items": .object(["anyOf": [Schema.reference("Task"), Schema.reference("TaskPart")]]),
            ]),
            "next_cursor": ["type": ["string", "null"], "description": "For the next page; null on the last."],
            "total": ["type": "integer", "minimum": 0, "description": "Tasks that match the filters, over all pages."],
        ],
        required: ["items", "next_cursor", "total"],
        closed: false
    )
}
