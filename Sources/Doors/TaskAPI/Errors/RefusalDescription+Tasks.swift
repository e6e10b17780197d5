import DaprHTTP
import WebFront

/// The refusals of the domain and its storage.
extension RefusalDescription {
    static let notFound = RefusalDescription(
        "NotFound",
        .notFound,
        "No such task (`TASK_NOT_FOUND`). A task of another owner is answered byte for byte the same."
    )
    static let conflict = RefusalDescription(
        "Conflict",
        .conflict,
        "The owner's tasks do not allow it now; `error.code` says why."
    )
    static let gone = RefusalDescription(
        "Gone",
        .gone,
        "These changes are not kept any more (`CHANGES_GONE`): read all tasks (`details.snapshot`), and then the changes since `details.since`."
    )
    static let preconditionFailed = RefusalDescription(
        "PreconditionFailed",
        .preconditionFailed,
        "`If-Match` names another version (`TASK_CHANGED`); `details.current` is the task as it is."
    )
    static let invalidFields = RefusalDescription(
        "InvalidFields",
        .unprocessableContent,
        "Fields that no task can have (`INVALID_FIELDS`): `details.fields` lists each with its reason. Or an `Idempotency-Key` that came with another request in the last 24 hours (`IDEMPOTENCY_KEY_REUSED`)."
    )
    static let tooManyRequests = RefusalDescription(
        "TooManyRequests",
        .tooManyRequests,
        "Too many commands of this owner wait (`TOO_MANY_WAITING`), or too many bytes of their requests and answers are on their way (`TOO_MUCH_IN_FLIGHT`); wait for `Retry-After`.",
        headers: [.retryAfter]
    )
    static let unavailable = RefusalDescription(
        "Unavailable",
        .serviceUnavailable,
        "The sidecar or its store does not answer, or too many bytes are on their way for all (`SERVER_BUSY`). With `details.outcome` = `unknown` the write may have happened: read, or repeat with the same `Idempotency-Key`.",
        headers: [.retryAfter]
    )
}
