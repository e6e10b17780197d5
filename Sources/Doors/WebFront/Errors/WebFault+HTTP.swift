import DaprHTTP
import DaprJSON
import Tokens

extension WebFault {
    /// The answer to a client when the request is refused; a door may have its own answers as well.
    var answer: ErrorAnswer {
        switch self {
        case .refused(let answer, _):
            answer
        case .malformedJSON(let error):
            ErrorAnswer(
                status: .badRequest,
                code: "MALFORMED_JSON",
                message: "The body is not JSON: \(error.description)",
                details: ["offset": .integer(error.offset)]
            )
        case .invalidHeader(let name, let expected):
            ErrorAnswer(
                status: .badRequest,
                code: "INVALID_HEADER",
                message: "The header \(name) cannot be read: expected \(expected).",
                details: ["header": .string(name)]
            )
        case .malformedQuery:
            ErrorAnswer(
                status: .badRequest,
                code: "MALFORMED_QUERY",
                message: "The query has a broken percent escape, or one that spells no UTF-8."
            )
        case .malformedPath:
            ErrorAnswer(
                status: .badRequest,
                code: "MALFORMED_PATH",
                message: "The path has a broken percent escape, or one that spells no UTF-8 or a NUL."
            )
        case .unsupportedMediaType(let accepted):
            ErrorAnswer(
                status: .unsupportedMediaType,
                code: "UNSUPPORTED_MEDIA_TYPE",
                message: "Send the body with the Content-Type \(accepted.map(\.essence).joined(separator: " or ")).",
                details: ["accepted": .array(accepted.map { .string($0.essence) })],
                headers: [("Accept", accepted.map(\.essence).joined(separator: ", "))]
            )
        case .unsupportedContentCoding:
            ErrorAnswer(
                status: .unsupportedMediaType,
                code: "UNSUPPORTED_CONTENT_CODING",
                message: "Send the body as it is, without a Content-Encoding.",
                headers: [("Accept-Encoding", "identity")]
            )
        case .contentTooLarge(let limit):
            ErrorAnswer(
                status: .contentTooLarge,
                code: "CONTENT_TOO_LARGE",
                message: limit == 0 ? "This operation takes no body." : "The body may have \(limit) bytes at most.",
                details: ["limit": .integer(limit)]
            )
        case .tokenMissing:
            ErrorAnswer(
                status: .unauthorized,
                code: "TOKEN_MISSING",
                message: "Send a token: Authorization: Bearer <token>.",
                headers: [("WWW-Authenticate", "Bearer")]
            )
        case .tokenRefused(.cryptographyFailed):
            .internalError
        case .tokenRefused(let error):
            ErrorAnswer(
                status: .unauthorized,
                code: error.code,
                message: error.description,
                headers: [("WWW-Authenticate", "Bearer error=\"invalid_token\"")]
            )
        case .subjectRefused:
            ErrorAnswer(
                status: .unauthorized,
                code: "TOKEN_SUBJECT_INVALID",
                message: "The token's subject must have 1 to 255 bytes and no control characters.",
                headers: [("WWW-Authenticate", "Bearer error=\"invalid_token\"")]
            )
        case .notTheSidecar:
            ErrorAnswer(
                status: .unauthorized,
                code: "APP_API_TOKEN_REQUIRED",
                message: "Only the sidecar may call this: the header dapr-api-token must equal APP_API_TOKEN."
            )
        case .notADelivery:
            ErrorAnswer(
                status: .forbidden,
                code: "NOT_A_DELIVERY",
                message:
                    "Only what the sidecar delivers is taken here, not what an application invokes or a page sends; publish to the topic."
            )
        case .foreignUser:
            ErrorAnswer(
                status: .forbidden,
                code: "FOREIGN_USER",
                message: "The user in the path is not the token's subject."
            )
        case .noSuchPath:
            ErrorAnswer(
                status: .notFound,
                code: "PATH_NOT_FOUND",
                message: "There is nothing at this path; GET /openapi.json lists what there is."
            )
        case .tooMuchInFlight(let isOwners):
            ErrorAnswer(
                status: isOwners ? .tooManyRequests : .serviceUnavailable,
                code: isOwners ? "TOO_MUCH_IN_FLIGHT" : "SERVER_BUSY",
                message: isOwners
                    ? "Too many bytes of your requests and answers are on their way; read the answers, then try again."
                    : "Too many bytes of requests and answers are on their way; try again.",
                headers: [("Retry-After", "1")]
            )
        case .methodNotAllowed(let methods):
            ErrorAnswer(
                status: .methodNotAllowed,
                code: "METHOD_NOT_ALLOWED",
                message: "This path does not take that method; see Allow.",
                details: ["allowed": .array(methods.map { .string($0.rawValue) })],
                headers: [("Allow", methods.map(\.rawValue).joined(separator: ", "))]
            )
        case .originNotAllowed:
            ErrorAnswer(
                status: .forbidden,
                code: "ORIGIN_NOT_ALLOWED",
                message: "Pages of this origin may not call the service."
            )
        case .deadlinePassed(let isWrite):
            ErrorAnswer(
                status: .serviceUnavailable,
                code: "DEADLINE_PASSED",
                message: isWrite
                    ? "The answer took too long. The write may have happened: read, or repeat with the same Idempotency-Key."
                    : "The answer took too long; try again.",
                details: isWrite ? ["outcome": "unknown"] : [:],
                headers: [("Retry-After", "1")]
            )
        }
    }
}
