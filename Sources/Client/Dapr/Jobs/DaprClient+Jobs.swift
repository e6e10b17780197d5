internal import DaprText

extension DaprClient {
    /// Schedules a job: the sidecar calls this app at `/job/{name}` when it is due, which ``JobTrigger`` reads.
    ///
    /// Jobs survive restarts of app and sidecar. Needs Dapr's scheduler, and a sidecar of 1.18 or later.
    ///
    /// See [Jobs API: schedule a job](https://docs.dapr.io/reference/api/jobs_api/#schedule-a-job).
    ///
    /// - Parameters:
    ///   - name: the job; another one of that name is kept unless `overwrite` is true.
    ///   - job: when it runs and what it brings; it needs a schedule or a due time.
    ///   - overwrite: replace a job of the same name.
    ///   - trace: the trace to continue; the calls of the job do not belong to it.
    /// - Throws: ``DaprError``; ``DaprError/Kind/alreadyExists`` when the name is taken and `overwrite` is false,
    ///   ``DaprError/Kind/refused`` when the scheduler does not understand a time, ``DaprError/Kind/outcomeUnknown`` when the job may
    ///   be scheduled: read it to find out.
    public func scheduleJob(
        _ name: JobName,
        _ job: Job,
        overwrite: Bool = false,
        trace: TraceContext? = nil
    ) async throws(DaprError) {
        let operation = Operation("POST jobs/{name}", nil, .writes)
        let path = try path(name, operation)
        try await exchange(
            operation,
            "POST",
            path,
            body: try JobBody.schedule(job, overwrite: overwrite, operation),
            contentType: "application/json",
            trace: trace
        ) { response throws(DaprError) in
            if isInvalid(response) { throw operation.refusal(response, as: .refused) }
            try expectNoContent(operation, response, guards: .newName)
        }
    }

    /// Reads a job; `nil` when there is none of that name, or it has run for the last time.
    ///
    /// Times come back as they were sent, ``Job/failurePolicy`` always, with the default filled in.
    ///
    /// See [Jobs API: get job data](https://docs.dapr.io/reference/api/jobs_api/#get-job-data).
    ///
    /// - Parameters:
    ///   - name: the job.
    ///   - trace: the trace to continue.
    /// - Returns: the job, or `nil`.
    /// - Throws: ``DaprError``; a read never has an unknown outcome.
    public func getJob(_ name: JobName, trace: TraceContext? = nil) async throws(DaprError) -> Job? {
        let operation = Operation("GET jobs/{name}", nil, .reads)
        let path = try path(name, operation)
        return try await exchange(operation, "GET", path, trace: trace) { response throws(DaprError) in
            guard response.isSuccess else {
                let error = operation.refusal(response)
                // The scheduler's answer has no status of its own for this.
                let words = "code = NotFound desc = job not found: \(name.rawValue)"
                if error.errorCode == "DAPR_SCHEDULER_GET_JOB", error.message?.hasByteSuffix(words) == true {
                    return nil
                }
                throw error
            }
            guard let job = JSONAnswer(response).flatMap(JobBody.job) else {
                throw operation.unreadableAnswer(response, "a job was expected")
            }
            return job
        }
    }

    /// Deletes a job; also when there is none of that name.
    ///
    /// See [Jobs API: delete a job](https://docs.dapr.io/reference/api/jobs_api/#delete-a-job).
    ///
    /// - Parameters:
    ///   - name: the job.
    ///   - trace: the trace to continue.
    /// - Throws: ``DaprError``; ``DaprError/Kind/outcomeUnknown`` when the job may be deleted: deleting it again is safe.
    public func deleteJob(_ name: JobName, trace: TraceContext? = nil) async throws(DaprError) {
        let operation = Operation("DELETE jobs/{name}", nil, .writes)
        let path = try path(name, operation)
        try await exchange(operation, "DELETE", path, trace: trace) { response throws(DaprError) in
            try expectNoContent(operation, response)
        }
    }

    private func path(_ name: JobName, _ operation: Operation) throws(DaprError) -> RequestPath {
        if name.rawValue.isEmpty { throw operation.invalidArgument("the name of the job is empty") }
        guard name.rawValue.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && !Self.refusedInNames.contains($0) }) else {
            throw operation.invalidArgument("the name of the job has a control character or one of / \\ # ?")
        }
        var path = RequestPath("/v1.0/jobs")
        path.append(segment: name.rawValue)
        return path
    }

    private static var refusedInNames: [UInt8] {
        [UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "?")]
    }

    /// Whether the scheduler refused the job before it kept it, which it answers with the status of a fault.
    private func isInvalid(_ response: DaprResponse) -> Bool {
        guard response.status == 500 else { return false }
        let answer = ErrorAnswer(response)
        return answer.code == "DAPR_SCHEDULER_SCHEDULE_JOB"
            && answer.message?.hasBytePrefix(
                "failed to schedule job due to: rpc error: code = Unknown desc = job failed validation: "
            ) == true
    }
}
