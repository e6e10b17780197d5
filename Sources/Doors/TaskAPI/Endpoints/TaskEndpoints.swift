import DaprHTTP
import DaprJSON
import Tasks
import WebFront

/// The endpoints for tasks, under both path families.
struct TaskEndpoints: Sendable {
    let service: any TaskService
    let zones: TaskZones
    /// Sign the cursors of lists.
    let signers: TaskSigners
    /// Returns the current time.
    let now: @Sendable () -> Timestamp
    let commands: CommandDoor

    var endpoints: [Endpoint] { rows.flatMap(\.endpoints) }

    /// The table of operations.
    private var rows: [Row] {
        [
            Row(
                .post,
                "/tasks",
                Operation(
                    id: "createTask",
                    summary: "Create a task",
                    tag: .tasks,
                    example: .createTask,
                    parameters: [.idempotencyKey, .prefer],
                    body: .required([.json]),
                    bodySchema: "TaskDraft",
                    successes: [
                        .task(
                            .created,
                            "The task as it was stored; no body with `Prefer: return=minimal`.",
                            [.location, .etag, .replayed, .undoToken, .preferenceApplied]
                        )
                    ],
                    refusals: Row.writeRefusals + [.invalidFields]
                ),
                create
            ),
            Row(
                .get,
                "/tasks",
                Operation(
                    id: "listTasks",
                    summary: "List tasks",
                    description:
                        "Strongly consistent: it shows every write that was answered before. A page has about 1 MiB of text at most, however many tasks were asked for.",
                    tag: .tasks,
                    example: .listTasks,
                    parameters: Parameter.listing,
                    successes: [
                        .json(.ok, "One page of tasks.", schema: "TaskPage", [.etag]),
                        .init(
                            status: .notModified,
                            description: "It is the page in `If-None-Match`.",
                            headers: [.etag]
                        ),
                    ],
                    refusals: Row.readRefusals + [.invalidFields, .pastGone]
                ),
                list,
                cost: .read(
                    expensiveWith: ListParameter.allCases.filter(\.isExpensive).map(\.rawValue),
                    evenUnchanged: [MomentParameter.name]
                )
            ),
            Row(
                .get,
                "/tasks/{id}",
                Operation(
                    id: "getTask",
                    summary: "Read a task",
                    description:
                        "With `as_of` as it was, though it may have been deleted since; a task that did not exist then is not found.",
                    tag: .tasks,
                    example: .getTask,
                    parameters: [.taskID, .moment, .ifNoneMatch],
                    successes: [
                        .task(.ok, "The task.", [.etag, .asOf]),
                        .init(
                            status: .notModified,
                            description: "It is the version in `If-None-Match`.",
                            headers: [.etag, .asOf]
                        ),
                    ],
                    refusals: Row.readRefusals + [.notFound, .invalidFields, .pastGone]
                ),
                read,
                cost: .read(expensiveWith: [MomentParameter.name], evenUnchanged: [MomentParameter.name])
            ),
            Row(
                .put,
                "/tasks/{id}",
                Operation(
                    id: "replaceTask",
                    summary: "Replace a task",
                    description:
                        "What the body leaves out takes its default. It may be all that `getTask` answered: fields that the service sets change nothing. Where they are not the task's any more, an older `version` is refused with 412 and anything else with 422.",
                    tag: .tasks,
                    example: .replaceTask,
                    parameters: [.taskID, .ifMatch, .idempotencyKey, .prefer],
                    body: .required([.json]),
                    bodySchema: "TaskReplacement",
                    successes: Row.changed,
                    refusals: Row.changeRefusals + [.invalidFields]
                ),
                replace
            ),
            Row(
                .patch,
                "/tasks/{id}",
                Operation(
                    id: "patchTask",
                    summary: "Change some fields of a task",
                    description:
                        "By the rules of JSON merge patch (RFC 7396), or by a JSON Patch (RFC 6902), whose edits are made all or none and may test for values. \(TaskEdits.limit) edits at most; an edit of what the service sets is refused.",
                    tag: .tasks,
                    example: .patchTask,
                    parameters: [.taskID, .ifMatch, .idempotencyKey, .prefer],
                    body: .required([.mergePatch, .json, .jsonPatch]),
                    bodySchema: "TaskPatch",
                    otherBodies: [(.jsonPatch, "TaskEdits", .editTask)],
                    successes: Row.changed,
                    refusals: Row.changeRefusals + [.invalidFields]
                ),
                patch
            ),
            Row(.post, "/tasks/{id}/complete", Row.action("completeTask", "Complete a task", .completeTask), complete),
            Row(.post, "/tasks/{id}/reopen", Row.action("reopenTask", "Reopen a completed task", .reopenTask), reopen),
            Row(
                .delete,
                "/tasks/{id}",
                Operation(
                    id: "deleteTask",
                    summary: "Delete a task",
                    tag: .tasks,
                    parameters: [.taskID, .ifMatch, .idempotencyKey],
                    body: .empty,
                    successes: [
                        .init(status: .noContent, description: "It is gone.", headers: [.replayed, .undoToken])
                    ],
                    refusals: Row.changeRefusals + [.invalidFields]
                ),
                delete
            ),
        ]
    }
}
