import DaprHTTP
import Tasks
import WebFront

/// The refusals of the domain and its storage.
extension RefusalDescription {
    static let notFound = RefusalDescription("NotFound", tasks(.notFound))
    static let conflict = RefusalDescription("Conflict", tasks(.conflict))
    static let gone = RefusalDescription("Gone", [.task(.changesGone(head: 7)), .task(.undoGone)])
    static let pastGone = RefusalDescription("PastGone", [.task(.pastGone(oldest: 7))])
    static let batchTooLarge = RefusalDescription(
        "BatchTooLarge",
        tasks(.contentTooLarge) + [.contentTooLarge(limitInBytes: BodyRequirement.mebibyte), .unread(.stuck)]
    )
    static let preconditionFailed = RefusalDescription(
        "PreconditionFailed",
        tasks(.preconditionFailed),
        headers: [.etag]
    )
    static let invalidFields = RefusalDescription("InvalidFields", tasks(.unprocessableContent))
    static let tooManyRequests = RefusalDescription(
        "TooManyRequests",
        tasks(.tooManyRequests) + [
            .tooMuchInFlight(isOwners: true), .rateLimited(.example), .tooManyStreams(isOwners: true, limit: 20),
        ],
        headers: [.retryAfter, .rateLimit, .rateLimitPolicy]
    )
    static let unavailable = RefusalDescription(
        "Unavailable",
        tasks(.serviceUnavailable) + [
            .tooMuchInFlight(isOwners: false), .tooManyStreams(isOwners: false, limit: 1000), .overloaded,
            .deadlinePassed(isWrite: true),
        ],
        headers: [.retryAfter]
    )

    /// The errors of the domain and its storage that are answered with a status.
    private static func tasks(_ status: HTTPStatus) -> [WebFault] {
        TaskError.examples.map { .task($0) }.filter { $0.answer.status == status }
    }
}
