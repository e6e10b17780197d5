import HTTPServer
import JSON
import Tasks

extension TaskError {
    /// The one table of what a client sees when the domain or its storage refuses.
    var answer: ErrorAnswer {
        switch self {
        case .notFound:
            .taskNotFound
        case .alreadyExists:
            ErrorAnswer(
                status: .conflict,
                code: "TASK_EXISTS",
                message: "There is a task with this identifier; choose another, or leave it out."
            )
        case .versionMismatch(let current):
            ErrorAnswer(
                status: .preconditionFailed,
                code: "TASK_CHANGED",
                message: "The task is at another version; look at details.current and repeat the change on it.",
                details: ["current": current.json],
                headers: [("ETag", EntityTag.header(version: current.version))]
            )
        case .invalid(let faults):
            .invalid(faults)
        case .keyReused:
            ErrorAnswer(
                status: .unprocessableContent,
                code: "IDEMPOTENCY_KEY_REUSED",
                message:
                    "The Idempotency-Key came with another request in the last 24 hours; give each request its own."
            )
        case .changesGone(let head):
            ErrorAnswer(
                status: .gone,
                code: "CHANGES_GONE",
                message:
                    "These changes are not kept any more; read details.snapshot whole, then the changes since details.since.",
                details: ["snapshot": "/api/tasks", "since": .integer(head)]
            )
        case .limitExceeded(let limit):
            ErrorAnswer(
                status: .conflict,
                code: "TASK_LIMIT_REACHED",
                message: "There are \(limit) tasks, which is the most one owner may have; delete some.",
                details: ["limit": .integer(limit)]
            )
        case .bookFull(let used, let limit):
            ErrorAnswer(
                status: .conflict,
                code: "BOOK_FULL",
                message: "The texts of all tasks take as many bytes as one owner may have; shorten or delete some.",
                details: ["limit": .integer(limit), "used": .integer(used)]
            )
        case .tooManyWaiting(let retryAfter):
            ErrorAnswer(
                status: .tooManyRequests,
                code: "TOO_MANY_WAITING",
                message: "Too many commands of this owner wait; nothing was done. Repeat after Retry-After seconds.",
                headers: [ErrorAnswer.retryAfter(retryAfter)]
            )
        case .storeUnavailable(let retryAfter):
            ErrorAnswer(
                status: .serviceUnavailable,
                code: "STORE_UNAVAILABLE",
                message: "The store does not answer; nothing was written. Repeat after Retry-After seconds.",
                headers: [ErrorAnswer.retryAfter(retryAfter)]
            )
        case .outcomeUnknown:
            ErrorAnswer(
                status: .serviceUnavailable,
                code: "OUTCOME_UNKNOWN",
                message: "The write may have happened: read, or repeat it with the same Idempotency-Key.",
                details: ["outcome": "unknown"],
                headers: [ErrorAnswer.retryAfter(.seconds(1))]
            )
        case .deadlineExceeded:
            ErrorAnswer(
                status: .serviceUnavailable,
                code: "DEADLINE_EXCEEDED",
                message: "It took too long; nothing was written. Repeat it.",
                headers: [ErrorAnswer.retryAfter(.seconds(1))]
            )
        case .cancelled:
            ErrorAnswer(
                status: .serviceUnavailable,
                code: "CANCELLED",
                message: "The server stops or the request was given up; nothing was written. Repeat it.",
                headers: [ErrorAnswer.retryAfter(.seconds(1))]
            )
        case .newerFormat:
            ErrorAnswer(
                status: .serviceUnavailable,
                code: "NEWER_FORMAT",
                message: "These tasks were written by a newer server than this one; nothing was done. Repeat it later.",
                headers: [ErrorAnswer.retryAfter(.seconds(30))]
            )
        case .unreadable:
            .internalError
        }
    }

    /// Whether an operator must look: the answer hides what happened, so the log must have it.
    var needsAttention: Bool {
        switch self {
        case .newerFormat, .unreadable: true
        case .notFound, .alreadyExists, .versionMismatch, .invalid, .keyReused, .changesGone, .limitExceeded,
            .bookFull, .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled:
            false
        }
    }
}

extension ErrorAnswer {
    /// The answer for a task that is not there, is another owner's, or cannot be: the same bytes each time.
    static let taskNotFound = ErrorAnswer(status: .notFound, code: "TASK_NOT_FOUND", message: "There is no such task.")

    /// The answer when something is wrong that the client can do nothing about; the log says what.
    static let internalError = ErrorAnswer(
        status: .internalServerError,
        code: "INTERNAL_ERROR",
        message: "Something is wrong on the server's side; name the X-Correlation-ID when you ask about it."
    )

    /// `Retry-After` in whole seconds, at least one.
    static func retryAfter(_ duration: Duration) -> (name: String, value: String) {
        let (seconds, rest) = duration.components
        return ("Retry-After", String(max(1, rest > 0 ? seconds + 1 : seconds)))
    }
}
