package import DaprMetrics
import TaskJSON
package import Tasks
package import WebFront

extension Door {
    /// The operations on an owner's tasks, and their changes.
    ///
    /// - Parameters:
    ///   - service: Carries out commands and answers queries.
    ///   - activity: Knows the activity of owners.
    ///   - commandDeadline: How long a command may take before it is abandoned.
    ///   - now: Returns the current time.
    ///   - zones: Knows the time zones that requests name.
    ///   - signers: Sign what clients bring back unchanged.
    /// - Returns: The door.
    package static func tasks(
        service: any TaskService,
        activity: any ActivityService,
        commandDeadline: Duration,
        now: @escaping @Sendable () -> Timestamp,
        zones: TaskZones,
        signers: TaskSigners
    ) -> Door {
        let commands = CommandDoor(service: service, signers: signers, deadline: commandDeadline)
        return Door(
            endpoints: TaskEndpoints(service: service, zones: zones, signers: signers, now: now, commands: commands)
                .endpoints
                + BatchEndpoints(commands: commands, now: now).endpoints
                + ChangeEndpoints(service: service, signers: signers).endpoints
                + ActivityEndpoints(activity: activity, now: now).endpoints,
            schemas: [
                ("Task", TaskSchema.task), ("TaskDraft", TaskSchema.draft),
                ("TaskReplacement", TaskSchema.replacement), ("TaskPatch", TaskSchema.patch),
                ("TaskPart", TaskSchema.part), ("TaskPage", TaskEndpoints.pageSchema),
                ("TaskEdits", TaskSchema.edits), ("Batch", BatchEndpoints.batchSchema),
                ("BatchAnswer", BatchEndpoints.answerSchema), ("Undo", BatchEndpoints.undoSchema),
                ("Activity", ActivityEndpoints.schema),
                ("ChangePage", ChangeEndpoints.changePage), ("HistoryPage", ChangeEndpoints.historyPage),
            ],
            faultCodes: FaultCode.allCases.map { ($0.rawValue.uppercased(), $0.meaning) }
        )
    }

    /// Health and metrics, for operators and their tools.
    ///
    /// - Parameters:
    ///   - readiness: Answers `/ready`.
    ///   - metrics: The metrics that `/metrics` shows, on the app port and the metrics port.
    /// - Returns: The door.
    package static func operations(readiness: ReadinessMonitor, metrics: MetricsRegistry) -> Door {
        Door(
            endpoints: OperationsEndpoints(readiness: readiness, metrics: metrics).endpoints,
            schemas: [("Health", OperationsEndpoints.healthSchema), ("Readiness", OperationsEndpoints.readinessSchema)]
        )
    }
}

extension ServiceDescription {
    /// The description of the API.
    package static let tasks = ServiceDescription(
        title: "Tasks",
        text:
            "Tasks of the bearer's own. Each path exists with and without the user's id. Every answer carries `X-Correlation-ID` and `traceparent`; every refusal has the body `Error`, or `Problem` for a client that prefers `application/problem+json`. `OPTIONS` on any path answers 204 with `Allow`."
    )
}

extension Operation.Tag {
    static let tasks = Operation.Tag("tasks", "The tasks of the token's subject.")
}
