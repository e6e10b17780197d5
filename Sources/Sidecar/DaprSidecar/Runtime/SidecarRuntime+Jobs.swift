internal import DaprJSON
import DaprText
import Synchronization

/// The jobs building block.
extension SidecarRuntime {
    /// `POST /v1.0/jobs/{name}`; 204.
    package func scheduleJob(_ name: String, body: [UInt8]) async throws(APIError) {
        let request: JobRequest
        do throws(RequestFault) {
            request = try JobRequest(body)
        } catch {
            throw .malformed("failed deserializing HTTP body: \(error.message)")
        }
        let appID = configuration.appID
        if request.name != nil { throw .jobNamedTwice(appID: appID) }
        if request.definition.schedule == nil && request.definition.dueTime == nil {
            throw .jobWithoutSchedule(appID: appID, namespace: jobNamespace)
        }
        try refuseBadJobName(name, .schedule)
        do throws(JobScheduler.Refusal) {
            try await jobs.schedule(name, request.definition, overwrites: request.overwrites)
        } catch {
            switch error {
            case .exists: throw .jobExists(name, appID: appID, namespace: jobNamespace)
            case .unusable(let fault):
                throw jobRefused(.schedule, "rpc error: code = Unknown desc = job failed validation: \(fault)")
            case .notKept(let error, _): throw jobRefused(.schedule, "rpc error: code = Unavailable desc = \(error)")
            }
        }
        let isFirst = state.withLock { state in
            defer { state.hasJob = true }
            return !state.hasJob
        }
        if isFirst { observer(.jobsKept(file: state.withLock { $0.jobsFile })) }
    }

    /// `GET /v1.0/jobs/{name}`; the JSON document of the job.
    package func job(_ name: String) throws(APIError) -> [UInt8] {
        try refuseBadJobName(name, .get)
        guard let definition = jobs.job(name) else {
            throw jobRefused(.get, "rpc error: code = NotFound desc = job not found: \(name)")
        }
        return definition.answer(name: name).serialized()
    }

    /// `DELETE /v1.0/jobs/{name}`; 204, even when there is no such job.
    package func deleteJob(_ name: String) async throws(APIError) {
        try refuseBadJobName(name, .delete)
        do throws(JobStoreError) {
            try await jobs.delete(name)
        } catch {
            throw jobRefused(.delete, "rpc error: code = Unavailable desc = \(error)")
        }
    }

    /// Opens the job store: the configured file, or one next to the first state store that has a file.
    func openJobs(_ components: OpenComponents) async throws(ComponentError) {
        let isNamed = configuration.jobsFile != nil
        guard let type = jobStoreType, let file = configuration.jobsFile ?? Self.jobsFile(beside: components) else {
            return
        }
        let application = "\(jobNamespace)||\(configuration.appID)"
        do throws(JobStoreError) {
            try await jobs.load(try await type.open(file, application, isNamed || exists(file)))
        } catch {
            throw ComponentError(
                place: ResourcePlace(file: file, line: 0),
                resource: nil,
                reason: .notInitialised("jobs cannot be kept here: \(error)")
            )
        }
        state.withLock { $0.jobsFile = file }
    }

    private var jobNamespace: String { configuration.namespace ?? "default" }

    private func jobRefused(_ call: APIError.JobCall, _ reason: String) -> APIError {
        .jobRefused(call, reason: reason, appID: configuration.appID, namespace: jobNamespace)
    }

    private func refuseBadJobName(_ name: String, _ call: APIError.JobCall) throws(APIError) {
        let isBad = name.unicodeScalars.contains {
            $0.value < 0x20 || $0.value == 0x7F || "/\\#?".unicodeScalars.contains($0)
        }
        if isBad || name.isEmpty || name.unicodeScalars.count >= 600 {
            throw jobRefused(call, "rpc error: code = InvalidArgument desc = job name is invalid \"\(name)\"")
        }
    }

    private static func jobsFile(beside components: OpenComponents) -> String? {
        let file = components.listed.lazy.compactMap { components.stateStores[$0.name]?.store.file }.first
        guard let file else { return nil }
        guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return JobStoreType.fileName }
        return file[..<file.utf8.index(after: slash)] + JobStoreType.fileName
    }

    private func exists(_ file: String) -> Bool {
        let slash = file.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        let name = slash.map { String(file[file.utf8.index(after: $0)...]) } ?? file
        return files.names(in: folder)?.contains(name) ?? false
    }
}
