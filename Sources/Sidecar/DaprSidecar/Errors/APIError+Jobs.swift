/// Refusals of the jobs building block.
extension APIError {
    /// The call to the scheduler.
    enum JobCall: String {
        case schedule = "DAPR_SCHEDULER_SCHEDULE_JOB"
        case get = "DAPR_SCHEDULER_GET_JOB"
        case delete = "DAPR_SCHEDULER_DELETE_JOB"

        fileprivate var verb: String {
            switch self {
            case .schedule: "schedule"
            case .get: "get"
            case .delete: "delete"
            }
        }
    }

    /// The job has neither a schedule nor a due time.
    static func jobWithoutSchedule(appID: String, namespace: String) -> APIError {
        job(400, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty", ["appID": appID, "namespace": namespace])
    }

    /// The body names the job, too; only the path may.
    static func jobNamedTwice(appID: String) -> APIError {
        job(400, "DAPR_SCHEDULER_JOB_NAME", "Set the job name in the url only", ["appID": appID])
    }

    /// A job of this name exists, and the caller asked not to overwrite it.
    static func jobExists(_ name: String, appID: String, namespace: String) -> APIError {
        jobRefused(
            .schedule,
            status: 409,
            reason: "rpc error: code = AlreadyExists desc = job already exists: 'app||\(namespace)||\(appID)||\(name)'",
            appID: appID,
            namespace: namespace
        )
    }

    /// The scheduler refused the call.
    static func jobRefused(
        _ call: JobCall,
        status: Int = 500,
        reason: String,
        appID: String,
        namespace: String
    ) -> APIError {
        job(
            status,
            call.rawValue,
            "failed to \(call.verb) job due to: \(reason)",
            ["appID": appID, "namespace": namespace]
        )
    }

    private static func job(_ status: Int, _ code: String, _ message: String, _ metadata: [String: String]) -> APIError
    {
        APIError(status: status, errorCode: code, message: message, details: [.reason(code, metadata: metadata)])
    }
}
