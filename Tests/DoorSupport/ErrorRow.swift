package import DaprJSON
import TaskJSON
package import Tasks
import Testing

/// A refusal of the domain or its storage, and what a client sees of it.
package struct ErrorRow: Sendable {
    package let error: TaskError
    package let status: Int
    package let code: String
    package var retryAfter: String?
    package var details: JSONValue = [:]
    package var isTemporary = false

    /// The task that they are about.
    package static let id = TaskID(high: 1, low: 2)

    private static func task() throws -> TaskItem {
        let time = Timestamp(clamping: 0)
        return TaskItem(
            id: id,
            userID: try #require(OwnerID("demo")),
            content: TaskContent(title: "x"),
            createdAt: time,
            updatedAt: time,
            version: 7
        )
    }

    /// One for each error, and which may be gone when the same is tried again.
    package static func all() throws -> [ErrorRow] {
        [
            ErrorRow(error: .notFound(id), status: 404, code: "TASK_NOT_FOUND"),
            ErrorRow(error: .alreadyExists(id), status: 409, code: "TASK_EXISTS"),
            ErrorRow(
                error: .versionMismatch(current: try task()),
                status: 412,
                code: "TASK_CHANGED",
                details: ["current": try task().json]
            ),
            ErrorRow(
                error: .invalid([FieldFault("title", .tooLong, "m")]),
                status: 422,
                code: "INVALID_FIELDS",
                details: ["fields": [["field": "title", "code": "TOO_LONG", "message": "m"]]]
            ),
            ErrorRow(error: .keyReused, status: 422, code: "IDEMPOTENCY_KEY_REUSED"),
            ErrorRow(
                error: .changesGone(head: 7),
                status: 410,
                code: "CHANGES_GONE",
                details: ["snapshot": "/api/tasks", "since": 7]
            ),
            ErrorRow(error: .pastGone(oldest: 7), status: 410, code: "PAST_GONE", details: ["oldest": 7]),
            ErrorRow(
                error: .bookFull(used: 8, limit: 9),
                status: 409,
                code: "BOOK_FULL",
                details: ["limit": 9, "used": 8]
            ),
            ErrorRow(error: .limitExceeded(limit: 9), status: 409, code: "TASK_LIMIT_REACHED", details: ["limit": 9]),
            ErrorRow(
                error: .tooManyWaiting(retryAfter: .milliseconds(1200)),
                status: 429,
                code: "TOO_MANY_WAITING",
                retryAfter: "2",
                isTemporary: true
            ),
            ErrorRow(
                error: .storeUnavailable(retryAfter: .zero),
                status: 503,
                code: "STORE_UNAVAILABLE",
                retryAfter: "1",
                isTemporary: true
            ),
            ErrorRow(
                error: .outcomeUnknown,
                status: 503,
                code: "OUTCOME_UNKNOWN",
                retryAfter: "1",
                details: ["outcome": "unknown"],
                isTemporary: true
            ),
            ErrorRow(
                error: .deadlineExceeded,
                status: 503,
                code: "DEADLINE_EXCEEDED",
                retryAfter: "1",
                isTemporary: true
            ),
            ErrorRow(error: .cancelled, status: 503, code: "CANCELLED", retryAfter: "1", isTemporary: true),
            ErrorRow(
                error: .newerFormat(key: "head:ada", found: 3, supported: 1),
                status: 503,
                code: "NEWER_FORMAT",
                retryAfter: "30",
                isTemporary: true
            ),
            ErrorRow(error: .unreadable(key: "task:ada", reason: "secret"), status: 500, code: "INTERNAL_ERROR"),
        ]
    }
}
