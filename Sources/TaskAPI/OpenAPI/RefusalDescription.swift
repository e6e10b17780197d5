import HTTPServer
import JSON

/// A refusal as the OpenAPI document describes it, under `components/responses`.
enum RefusalDescription: String, Sendable, CaseIterable {
    case badRequest = "BadRequest"
    case unauthorized = "Unauthorized"
    case foreignUser = "ForeignUser"
    case notFound = "NotFound"
    case methodNotAllowed = "MethodNotAllowed"
    case conflict = "Conflict"
    case gone = "Gone"
    case preconditionFailed = "PreconditionFailed"
    case contentTooLarge = "ContentTooLarge"
    case unsupportedMediaType = "UnsupportedMediaType"
    case invalidFields = "InvalidFields"
    case tooManyRequests = "TooManyRequests"
    case internalError = "InternalError"
    case unavailable = "Unavailable"
    case notTheSidecar = "NotTheSidecar"
    case notADelivery = "NotADelivery"

    var status: HTTPStatus {
        switch self {
        case .badRequest: .badRequest
        case .unauthorized, .notTheSidecar: .unauthorized
        case .foreignUser, .notADelivery: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .conflict: .conflict
        case .gone: .gone
        case .preconditionFailed: .preconditionFailed
        case .contentTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .invalidFields: .unprocessableContent
        case .tooManyRequests: .tooManyRequests
        case .internalError: .internalServerError
        case .unavailable: .serviceUnavailable
        }
    }

    var document: JSONValue {
        var headers = JSONObject()
        for header in self.headers + [.correlationID, .traceparent] {
            headers[header.rawValue] = ["$ref": .string("#/components/headers/\(header.rawValue)")]
        }
        return .object([
            "description": .string(description),
            "headers": .object(headers),
            "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]],
        ])
    }

    private var headers: [ResponseHeader] {
        switch self {
        case .unauthorized: [.authenticate]
        case .methodNotAllowed: [.allow]
        case .tooManyRequests, .unavailable: [.retryAfter]
        case .badRequest, .foreignUser, .notFound, .conflict, .gone, .preconditionFailed, .contentTooLarge,
            .unsupportedMediaType, .invalidFields, .internalError, .notTheSidecar,
            .notADelivery:
            []
        }
    }

    /// When it is answered.
    var description: String {
        switch self {
        case .badRequest:
            "Malformed: the body is no JSON (`MALFORMED_JSON`, `details.offset` says where), or a header, the query or the path cannot be read."
        case .unauthorized: "No token, or one that was refused; `error.code` says why."
        case .foreignUser: "The user in the path is not the token's subject (`FOREIGN_USER`)."
        case .notFound: "No such task (`TASK_NOT_FOUND`). A task of another owner is answered byte for byte the same."
        case .methodNotAllowed: "The path does not take that method (`METHOD_NOT_ALLOWED`); see `Allow`."
        case .conflict: "The owner's tasks do not allow it now; `error.code` says why."
        case .gone:
            "These changes are not kept any more (`CHANGES_GONE`): read all tasks (`details.snapshot`), and then the changes since `details.since`."
        case .preconditionFailed:
            "`If-Match` names another version (`TASK_CHANGED`); `details.current` is the task as it is."
        case .contentTooLarge: "The body is too long (`CONTENT_TOO_LARGE`)."
        case .unsupportedMediaType:
            "The body's `Content-Type` is missing or not one of those listed (`UNSUPPORTED_MEDIA_TYPE`), or it has a `Content-Encoding` (`UNSUPPORTED_CONTENT_CODING`)."
        case .invalidFields:
            "Fields that no task can have (`INVALID_FIELDS`): `details.fields` lists each with its reason. Or an `Idempotency-Key` that came with another request in the last 24 hours (`IDEMPOTENCY_KEY_REUSED`)."
        case .tooManyRequests:
            "Too many commands of this owner wait (`TOO_MANY_WAITING`), or too many bytes of their requests and answers are on their way (`TOO_MUCH_IN_FLIGHT`); wait for `Retry-After`."
        case .internalError: "Something is wrong on the server's side; the log has it under the correlation id."
        case .unavailable:
            "The sidecar or its store does not answer, or too many bytes are on their way for all (`SERVER_BUSY`). With `details.outcome` = `unknown` the write may have happened: read, or repeat with the same `Idempotency-Key`."
        case .notTheSidecar: "The header `dapr-api-token` is missing or wrong (`APP_API_TOKEN_REQUIRED`)."
        case .notADelivery:
            "The request was passed on for another application, or comes from a page: it has the header `dapr-caller-app-id`, `dapr-callee-app-id` or `Origin` (`NOT_A_DELIVERY`)."
        }
    }
}
