import DaprHTTP
import DaprJSON

extension HeadFault {
    /// The answer to a client when the server itself refuses a request.
    var answer: ErrorAnswer {
        switch self {
        case .malformed(let what):
            ErrorAnswer(
                ErrorCode(
                    "MALFORMED_REQUEST",
                    .badRequest,
                    "The request is not HTTP, or two servers could read it differently",
                    remedy: "Send it by RFC 9112: one `Host`, one length of the body, nothing but text in the head."
                ),
                message: "The request cannot be read: \(what)."
            )
        case .tooLarge(let limit):
            HeadFault.headTooLarge("The request line and the header may have \(limit) bytes at most.", limit)
        case .tooMany(let limit):
            HeadFault.headTooLarge("The header may have \(limit) fields at most.", limit)
        case .tooManyItems(let limit):
            HeadFault.headTooLarge("The query may have \(limit) parameters at most.", limit)
        case .tooCrowded:
            HeadFault.headTooLarge(
                "The header has too many fields, cookies and parameters for a request with a body.",
                nil
            )
        case .unknownMethod:
            ErrorAnswer(
                ErrorCode(
                    "METHOD_NOT_IMPLEMENTED",
                    .notImplemented,
                    "The server does not know the method",
                    remedy: "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, in capitals."
                ),
                message: "This method is not known here."
            )
        case .unknownExpectation:
            ErrorAnswer(
                ErrorCode(
                    "EXPECTATION_FAILED",
                    .expectationFailed,
                    "The request expects what the server does not do",
                    remedy: "Leave `Expect` out, or send `100-continue`."
                ),
                message: "The expectation in the header Expect cannot be met."
            )
        case .tooSlow:
            ErrorAnswer(
                ErrorCode(
                    "REQUEST_TIMEOUT",
                    .requestTimeout,
                    "The request took too long to arrive",
                    remedy: "Send it at once; nothing was done."
                ),
                message: "The request took too long to arrive."
            )
        case .stuck:
            ErrorAnswer(
                ErrorCode(
                    "FRAMING_TOO_LARGE",
                    .contentTooLarge,
                    "The length of the body, or of one of its chunks, cannot be read",
                    remedy: "Send a shorter `Content-Length`, chunk header or trailer."
                ),
                message: "What frames the body, its length or a chunk header for example, is too long."
            )
        case .busy: .busy
        }
    }

    private static func headTooLarge(_ message: String, _ limit: Int?) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(
                "HEAD_TOO_LARGE",
                .headerFieldsTooLarge,
                "The request line, the header or the query is too long",
                remedy: "Send fewer or shorter header fields, cookies and parameters."
            ),
            message: message,
            details: limit.map { ["limit": .integer($0)] } ?? [:]
        )
    }
}
