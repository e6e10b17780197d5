import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

/// What a client is told when the domain or its storage refuses: the row of the table of errors, and the details of the
/// moment.
extension TaskError {
    /// The answer; mostly with the error's own code and sentence.
    var answer: ErrorAnswer {
        switch self {
        case .notFound:
            answer(
                .notFound,
                "There is no such task",
                "Look for it in `GET /api/tasks`. A task of another owner is answered byte for byte the same."
            )
        case .alreadyExists:
            answer(.conflict, "There is a task with this identifier", "Choose another identifier, or leave it out.")
        case .versionMismatch(let current):
            answer(
                .preconditionFailed,
                "The task is at another version",
                "Make the change to `details.current`, which is the task as it is, and send it with its `ETag`.",
                details: ["current": current.json],
                headers: [("ETag", EntityTag.header(version: current.version))]
            )
        case .mergeConflict(let conflict):
            answer(
                .preconditionFailed,
                "The task was changed since, in a field that the change sets too",
                "Choose a value for each field that `details.conflicts` lists, and repeat the change on `details.current`.",
                details: ["conflicts": conflict.json, "current": conflict.current.json],
                headers: [("ETag", EntityTag.header(version: conflict.current.version))]
            )
        case .testFailed(let edit):
            answer(
                .conflict,
                "The task does not have a value that an edit tests for",
                "Read the task and make the edits anew; nothing was changed. `details.edit` is the index of the test.",
                details: ["edit": .integer(edit)]
            )
        case .undoConflict(let conflicts):
            answer(
                .conflict,
                "Values that the undo would set were changed since",
                "Look at `details.conflicts`: who changed what and when. `force` sets fields all the same; a task that was deleted since is brought back by undoing that.",
                details: ["conflicts": .array(conflicts.map(\.json))]
            )
        case .undoGone:
            answer(
                .gone,
                "The command cannot be undone any more",
                "It is more than 30 days ago, or not kept any more: change the tasks themselves."
            )
        case .makerRefused(let operation):
            answer(
                .conflict,
                "The task is one that a refused operation would have created",
                "Mend the operation that `details.creator` names.",
                details: ["creator": .integer(operation)]
            )
        case .planChanged:
            answer(
                .conflict,
                "The outcome would not be the one that was planned",
                "Look at `details.results`; `details.plan` names this outcome."
            )
        case .commandTooLong(let fitting, _):
            answer(
                .contentTooLarge,
                "The operations do not fit into one commit",
                "Give `details.fitting` operations or fewer at once.",
                details: ["fitting": .integer(fitting)]
            )
        case .inOperation(let index, let error):
            error.answer.adding(
                ["operation": .integer(index)],
                message: "Operation \(index) is refused: \(error.answer.message)"
            )
        case .invalid(let faults): TaskError.answer(to: faults) { .body(pointer: $0.pointer) }
        case .keyReused:
            answer(
                .unprocessableContent,
                "The idempotency key came with another request in the last 24 hours",
                "Give each request an `Idempotency-Key` of its own."
            )
        case .changesGone(let head):
            answer(
                .gone,
                "These changes are not kept any more",
                "Read all tasks (`details.snapshot`), and then the changes since `details.since`.",
                details: ["snapshot": "/api/tasks", "since": .integer(head)]
            )
        case .pastGone(let oldest):
            answer(
                .gone,
                "The tasks are not kept as they were then",
                "Ask with `as_of` for `details.oldest` or a later change.",
                details: ["oldest": .integer(oldest)]
            )
        case .limitExceeded(let limit):
            answer(
                .conflict,
                "The owner has as many tasks as one may have",
                "Delete some; `details.limit` is the most.",
                details: ["limit": .integer(limit)]
            )
        case .bookFull(let used, let limit):
            answer(
                .conflict,
                "The texts of the owner's tasks are as long as they may be",
                "Shorten or delete some; `details` has the bytes used and the most.",
                details: ["limit": .integer(limit), "used": .integer(used)]
            )
        case .tooManyWaiting(let retryAfter):
            answer(
                .tooManyRequests,
                "Too many commands of the owner wait",
                "Repeat it after `Retry-After` seconds; nothing was done.",
                retryAfter: retryAfter
            )
        case .storeUnavailable(let retryAfter):
            answer(
                .serviceUnavailable,
                "The store does not answer",
                "Repeat it after `Retry-After` seconds; nothing was written.",
                retryAfter: retryAfter
            )
        case .outcomeUnknown:
            answer(
                .serviceUnavailable,
                "It is not known whether the write happened",
                "Read, or repeat it with the same `Idempotency-Key`, which does it once.",
                details: ["outcome": "unknown"],
                retryAfter: .seconds(1)
            )
        case .deadlineExceeded:
            answer(
                .serviceUnavailable,
                "It took too long",
                "Repeat it; nothing was written.",
                retryAfter: .seconds(1)
            )
        case .cancelled:
            answer(
                .serviceUnavailable,
                "The server stops, or the request was given up",
                "Repeat it; nothing was written.",
                retryAfter: .seconds(1)
            )
        case .newerFormat:
            answer(
                .serviceUnavailable,
                "The tasks were written by a newer server",
                "Repeat it after `Retry-After` seconds, when all servers are updated; nothing was done.",
                // The error's own sentence names a storage key, which belongs in the log only.
                message: "These tasks were written by a newer server than this one; nothing was done. Repeat it later.",
                retryAfter: .seconds(30)
            )
        case .unreadable, .journalNeeded: .internalError
        }
    }

    private func answer(
        _ status: HTTPStatus,
        _ meaning: String,
        _ remedy: String,
        message: String? = nil,
        details: JSONObject = [:],
        headers: [(name: String, value: String)] = [],
        retryAfter: Duration? = nil
    ) -> ErrorAnswer {
        ErrorAnswer(
            ErrorCode(code, status, meaning, remedy: remedy),
            message: message ?? description,
            details: details,
            headers: headers + (retryAfter.map { [ErrorAnswer.retryAfter($0)] } ?? [])
        )
    }

    /// The answer that lists each invalid field or parameter, but no more than the first ``FieldFault/toldLimit``.
    fileprivate static func answer(
        to faults: [FieldFault],
        at place: (FieldFault) -> RequestFault.Place
    ) -> ErrorAnswer {
        let told = faults.prefix(FieldFault.toldLimit)
        let hasMore = faults.count > told.count
        return ErrorAnswer(
            ErrorCode(
                TaskError.invalid(faults).code,
                .unprocessableContent,
                "Fields or parameters have values that they cannot have",
                remedy: "Change each that `details.fields` lists as its `message` says."
            ),
            message: (hasMore ? "More than \(told.count) fields are invalid" : FieldFault.summary(of: faults)) + ".",
            details: hasMore ? ["more": true] : [:],
            faults: told.map {
                RequestFault(field: $0.field, code: $0.code.uppercased(), message: $0.message, place: place($0))
            }
        )
    }

    /// One error for each code that a client can be told.
    static let examples: [TaskError] = {
        let id = TaskID(high: 0x0190_a000_0000_7000, low: 0x8000_0000_0000_0001)
        let current = OwnerID("demo").map {
            TaskItem(
                id: id,
                userID: $0,
                content: TaskContent(title: "Buy milk"),
                createdAt: .epoch,
                updatedAt: .epoch,
                version: 3
            )
        }
        return [
            .notFound(id), .alreadyExists(id),
            .invalid([FieldFault("tags[3]", .tooLong, "Give at most 50 code points; there are 51.")]), .keyReused,
            .changesGone(head: 7), .pastGone(oldest: 7), .limitExceeded(limit: TaskRules.tasksPerOwner),
            .bookFull(used: 16_777_300, limit: 16_777_216), .tooManyWaiting(retryAfter: .seconds(1)),
            .storeUnavailable(retryAfter: .seconds(1)), .outcomeUnknown, .deadlineExceeded, .cancelled,
            .newerFormat(key: "", found: 4, supported: 3), .testFailed(edit: 0), .undoGone,
            .makerRefused(operation: 0), .planChanged([]),
            .commandTooLong(fitting: 40, of: .bytes(2_300_000, limit: 1_048_576)),
        ] + (current.map { examples(of: $0) } ?? [])
    }()
}

extension TaskError {
    fileprivate static func examples(of current: TaskItem) -> [TaskError] {
        var (base, yours) = (current.content, current.content)
        (base.title, yours.title) = ("Milk", "Buy oat milk")
        let conflict = MergeConflict(current: current, base: base, yours: yours, fields: [.title])
        let change = TaskChange(
            sequence: 9,
            commit: 9,
            previous: 7,
            time: .epoch,
            kind: .updated,
            taskID: current.id,
            version: current.version,
            before: TaskPatch(),
            after: TaskPatch(),
            actor: current.userID,
            channel: .rest
        )
        let undo = UndoConflict(
            taskID: current.id,
            field: .title,
            theirs: .text(current.content.title),
            ours: .text(base.title),
            change: change
        )
        return [.versionMismatch(current: current), .mergeConflict(conflict), .undoConflict([undo])]
    }
}

extension MergeConflict {
    /// For each field what both sides began with, and what each set.
    fileprivate var json: JSONValue {
        .array(
            fields.map {
                [
                    "base": JSONValue(base.value(of: $0)), "field": .string($0.rawValue),
                    "theirs": JSONValue(current.content.value(of: $0)), "yours": JSONValue(yours.value(of: $0)),
                ]
            }
        )
    }
}

extension UndoConflict {
    fileprivate var json: JSONValue {
        [
            "at": .string(change.time.text), "by": .string(change.actor.rawValue),
            "field": field.map { .string($0.rawValue) } ?? .null, "ours": JSONValue(ours),
            "sequence": .integer(change.sequence), "task_id": .string(taskID.rawValue), "theirs": JSONValue(theirs),
        ]
    }
}

extension ErrorAnswer {
    /// `Retry-After` in whole seconds, rounded up, at least one.
    static func retryAfter(_ duration: Duration) -> (name: String, value: String) {
        let (seconds, rest) = duration.components
        return ("Retry-After", String(max(1, rest > 0 ? seconds + 1 : seconds)))
    }
}

extension WebFault {
    /// A refusal by the domain or its storage.
    static func task(_ error: TaskError) -> WebFault {
        .refused(error.answer, hiding: error.needsAttention ? error.description : nil)
    }

    /// A refusal of a query, whose faults are in its parameters.
    static func query(_ error: TaskError) -> WebFault {
        guard case .invalid(let faults) = error else { return .task(error) }
        return .invalidParameters(faults)
    }

    /// The path holds no task identifier.
    ///
    /// The answer has the same bytes as for a task that does not exist, because neither names the identifier.
    static var noSuchTask: WebFault { .task(.notFound(TaskID(high: 0, low: 0))) }

    /// The body has values that no task can have; one fault per field.
    static func invalidFields(_ faults: [FieldFault]) -> WebFault { .task(.invalid(faults)) }

    /// Parameters have values that they cannot have; one fault each.
    static func invalidParameters(_ faults: [FieldFault]) -> WebFault {
        .refused(TaskError.answer(to: faults) { _ in .parameter })
    }
}
