import DaprHTTP
import DaprJSON
import Tokens

/// What a client is told of each fault: the row of the table of errors, and the sentence and details of the moment.
extension WebFault {
    /// The answer to a client when the request is refused; a door may have its own answers as well.
    package var answer: ErrorAnswer {
        switch self {
        case .refused(let answer, _): answer
        case .unread(let fault): fault.answer
        case .tokenRefused(let error): error.answer
        case .malformedJSON(.repeatedName(let name, let offset)): WebFault.repeatedName(name, offset)
        case .malformedJSON(let error):
            ErrorAnswer(
                ErrorCode(
                    "MALFORMED_JSON",
                    .badRequest,
                    "The body is not JSON",
                    remedy: "Send JSON as RFC 8259 defines it; `details.offset` counts the bytes before the fault."
                ),
                message: "The body is not JSON: \(error.description)",
                details: ["offset": .integer(error.offset)]
            )
        case .invalidHeader(let name, let expected):
            ErrorAnswer(
                ErrorCode(
                    "INVALID_HEADER",
                    .badRequest,
                    "A header cannot be read",
                    remedy: "Send the header that `details.header` names as the message says, or not at all."
                ),
                message: "The header \(name) cannot be read: expected \(expected).",
                details: ["header": .string(name)]
            )
        case .malformedQuery:
            ErrorAnswer(
                ErrorCode(
                    "MALFORMED_QUERY",
                    .badRequest,
                    "The query cannot be decoded",
                    remedy: "Percent-encode the values of the query as UTF-8."
                ),
                message: "The query has a broken percent escape, or one that spells no UTF-8."
            )
        case .malformedPath:
            ErrorAnswer(
                ErrorCode(
                    "MALFORMED_PATH",
                    .badRequest,
                    "The path cannot be decoded",
                    remedy: "Percent-encode each segment of the path as UTF-8."
                ),
                message: "The path has a broken percent escape, or one that spells no UTF-8 or a NUL."
            )
        case .unsupportedMediaType(let accepted):
            ErrorAnswer(
                ErrorCode(
                    "UNSUPPORTED_MEDIA_TYPE",
                    .unsupportedMediaType,
                    "The body has no type that the operation takes",
                    remedy: "Send one `Content-Type` of those in `Accept` and `details.accepted`."
                ),
                message: "Send the body with the Content-Type \(accepted.map(\.essence).joined(separator: " or ")).",
                details: ["accepted": .array(accepted.map { .string($0.essence) })],
                headers: [("Accept", accepted.map(\.essence).joined(separator: ", "))]
            )
        case .unsupportedContentCoding(let coding): WebFault.unsupportedCoding(coding.told)
        case .contentTooLarge(let limit):
            ErrorAnswer(
                ErrorCode(
                    "CONTENT_TOO_LARGE",
                    .contentTooLarge,
                    "The body is longer than the operation takes",
                    remedy: "Send at most `details.limit` bytes; where that is 0, send no body."
                ),
                message: limit == 0 ? "This operation takes no body." : "The body may have \(limit) bytes at most.",
                details: ["limit": .integer(limit)]
            )
        case .tokenMissing:
            ErrorAnswer(
                ErrorCode(
                    "TOKEN_MISSING",
                    .unauthorized,
                    "The request has no token",
                    remedy: "Send `Authorization: Bearer <token>`."
                ),
                message: "Send a token: Authorization: Bearer <token>.",
                headers: [("WWW-Authenticate", "Bearer")]
            )
        case .tokenRepeated:
            ErrorAnswer(
                ErrorCode(
                    "TOKEN_REPEATED",
                    .unauthorized,
                    "The request has several tokens",
                    remedy: "Send the header `Authorization` once: two could name two users."
                ),
                message: "Send the header Authorization once.",
                headers: [("WWW-Authenticate", "Bearer error=\"invalid_request\"")]
            )
        case .subjectRefused:
            ErrorAnswer(
                ErrorCode(
                    "TOKEN_SUBJECT_INVALID",
                    .unauthorized,
                    "The token's subject cannot be a user's name",
                    remedy: "Have a token made whose `sub` has 1 to 255 bytes and no control characters."
                ),
                message: "The token's subject must have 1 to 255 bytes and no control characters.",
                headers: [("WWW-Authenticate", "Bearer error=\"invalid_token\"")]
            )
        case .notTheSidecar:
            ErrorAnswer(
                ErrorCode(
                    "APP_API_TOKEN_REQUIRED",
                    .unauthorized,
                    "The call is not the sidecar's",
                    remedy: "Only the sidecar may call this, with the value of `APP_API_TOKEN` in `dapr-api-token`."
                ),
                message: "Only the sidecar may call this: the header dapr-api-token must equal APP_API_TOKEN."
            )
        case .notADelivery:
            ErrorAnswer(
                ErrorCode(
                    "NOT_A_DELIVERY",
                    .forbidden,
                    "The call was passed on for an application or sent by a page",
                    remedy:
                        "Publish to the topic. A call with `dapr-caller-app-id`, `dapr-callee-app-id` or `Origin` is no delivery."
                ),
                message:
                    "Only what the sidecar delivers is taken here, not what an application invokes or a page sends; publish to the topic."
            )
        case .foreignUser:
            ErrorAnswer(
                ErrorCode(
                    "FOREIGN_USER",
                    .forbidden,
                    "The path names another user than the token",
                    remedy: "Use the token's own subject in the path, or the path without a user."
                ),
                message: "The user in the path is not the token's subject."
            )
        case .noSuchPath:
            ErrorAnswer(
                ErrorCode(
                    "PATH_NOT_FOUND",
                    .notFound,
                    "There is nothing at this path",
                    remedy: "`GET /openapi.json` lists all paths."
                ),
                message: "There is nothing at this path; GET /openapi.json lists what there is."
            )
        case .tooMuchInFlight(isOwners: true):
            ErrorAnswer(
                ErrorCode(
                    "TOO_MUCH_IN_FLIGHT",
                    .tooManyRequests,
                    "Too many bytes of the user's requests and answers are on their way",
                    remedy: "Read the answers, and try again after `Retry-After` seconds."
                ),
                message:
                    "Too many bytes of your requests and answers are on their way; read the answers, then try again.",
                headers: [("Retry-After", "1")]
            )
        case .tooMuchInFlight(isOwners: false): .busy
        case .tooManyStreams(let isOwners, let limit): isOwners ? .tooManyStreams(limit: limit) : .streamsFull
        case .rateLimited(let policy): .rateLimited(policy)
        case .overloaded: .overloaded
        case .methodNotAllowed(let methods):
            ErrorAnswer(
                ErrorCode(
                    "METHOD_NOT_ALLOWED",
                    .methodNotAllowed,
                    "The path does not take that method",
                    remedy: "Use one of those in `Allow` and `details.allowed`."
                ),
                message: "This path does not take that method; see Allow.",
                details: ["allowed": .array(methods.map { .string($0.rawValue) })],
                headers: [("Allow", HTTPMethod.list(methods))]
            )
        case .originNotAllowed:
            ErrorAnswer(
                ErrorCode(
                    "ORIGIN_NOT_ALLOWED",
                    .forbidden,
                    "Pages of this origin may not call the service",
                    remedy: "Have the operator add the origin to `--cors-origin`."
                ),
                message: "Pages of this origin may not call the service."
            )
        case .deadlinePassed(let isWrite):
            ErrorAnswer(
                ErrorCode(
                    "DEADLINE_PASSED",
                    .serviceUnavailable,
                    "The answer took too long",
                    remedy:
                        "Try again after `Retry-After` seconds. With `details.outcome` = `unknown` the write may have happened: read, or repeat it with the same `Idempotency-Key`."
                ),
                message: isWrite
                    ? "The answer took too long. The write may have happened: read, or repeat with the same Idempotency-Key."
                    : "The answer took too long; try again.",
                details: isWrite ? ["outcome": "unknown"] : [:],
                headers: [("Retry-After", "1")]
            )
        }
    }

    private static func repeatedName(_ name: String, _ offset: Int) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(
                "DUPLICATE_MEMBER",
                .badRequest,
                "An object of the body has two members of one name",
                remedy:
                    "Give the member that `details.name` names once; `details.offset` counts the bytes before the second."
            ),
            message: "The body has \(name.told) twice in one object; give it once.",
            details: ["name": .string(name.told), "offset": .integer(offset)]
        )
    }

    private static func unsupportedCoding(_ coding: String) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(
                "UNSUPPORTED_CONTENT_CODING",
                .unsupportedMediaType,
                "The body is compressed or otherwise encoded",
                remedy: "Send the body as it is, without the `Content-Encoding` that `details.coding` names."
            ),
            message: "Send the body as it is, without the Content-Encoding \(coding).",
            details: ["coding": .string(coding)],
            headers: [("Accept-Encoding", "identity")]
        )
    }
}

extension ErrorAnswer {
    /// The answer when the server has no room for a request or its answer.
    static let busy = ErrorAnswer(
        ErrorCode(
            "SERVER_BUSY",
            .serviceUnavailable,
            "Too many bytes of requests and answers are on their way",
            remedy: "Try again after `Retry-After` seconds; nothing was done, unless it was a write with a long answer."
        ),
        message: "Too many bytes of requests and answers are on their way; try again.",
        headers: [("Retry-After", "1")]
    )
}

extension String {
    /// The beginning of a text from outside, long enough to be recognised.
    fileprivate var told: String {
        unicodeScalars.count <= 100 ? self : String(unicodeScalars.prefix(100)) + "…"
    }
}
