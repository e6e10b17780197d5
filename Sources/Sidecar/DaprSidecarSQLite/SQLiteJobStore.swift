internal import DaprEventLoop
package import DaprSidecar
internal import SQLite

/// Stores jobs in an SQLite file; each change is on disk before it is answered.
///
/// Several applications may share a file: a row belongs to one of them.
package final class SQLiteJobStore: JobStore {
    private let thread: WorkerThread<JobWorker>
    private let file: String

    /// The most changes that may wait for the thread.
    private static let capacity = 100_000
    /// The most changes in one transaction.
    private static let batchLimit = 512

    /// Opens a file for the jobs of one application.
    ///
    /// Without `createsFile` a missing file is created with the first job.
    package static func open(
        _ file: String,
        application: String,
        createsFile: Bool
    ) async throws(JobStoreError) -> SQLiteJobStore {
        let thread = try await WorkerThread.start(
            capacity: capacity,
            batchLimit: batchLimit,
            failure: { JobStoreError("\(file): \($0)") },
            making: { () throws(JobStoreError) in
                let worker = JobWorker(file: file, application: application)
                do throws(SQLiteError) {
                    if createsFile { try worker.open() }
                } catch {
                    throw JobStoreError("\(file): \(error)")
                }
                return worker
            }
        )
        return SQLiteJobStore(thread: thread, file: file)
    }

    private init(thread: WorkerThread<JobWorker>, file: String) {
        self.thread = thread
        self.file = file
    }

    package func all() async throws(JobStoreError) -> [KeptJob] {
        try await withCheckedContinuation { continuation in
            hand(.all { continuation.resume(returning: $0) })
        }.get()
    }

    package func submit(_ change: JobChange, done: @escaping @Sendable (JobStoreError?) -> Void) {
        hand(.change(change, done))
    }

    package func close() async { await thread.stop() }

    private func hand(_ request: JobStoreRequest) {
        switch thread.submit(request) {
        case .accepted: return
        case .full(let limit): request.fail(JobStoreError("\(limit) changes already wait for \(file); try again later"))
        case .stopped: request.fail(.closed)
        }
    }
}

extension JobStoreError {
    fileprivate static let closed = JobStoreError("the sidecar ends")
}

extension JobStoreType {
    /// An SQLite file.
    package static let sqlite = JobStoreType { file, application, createsFile throws(JobStoreError) in
        try await SQLiteJobStore.open(file, application: application, createsFile: createsFile)
    }
}

/// One request to the thread of a job store, with the callback that takes its answer.
enum JobStoreRequest: Sendable {
    case all(@Sendable (Result<[KeptJob], JobStoreError>) -> Void)
    case change(JobChange, @Sendable (JobStoreError?) -> Void)

    /// Answers that the request was not carried out.
    func fail(_ error: JobStoreError) {
        switch self {
        case .all(let done): done(.failure(error))
        case .change(_, let done): done(error)
        }
    }
}

/// Carries out the requests of one job store, on its thread.
private final class JobWorker: ThreadWorker {
    private struct Open {
        let connection: SQLiteConnection
        let all: SQLiteStatement
        let keep: SQLiteStatement
        let forget: SQLiteStatement
    }

    private let file: String
    private let application: String
    private var opened: Open?

    init(file: String, application: String) {
        self.file = file
        self.application = application
    }

    static func refuse(_ request: JobStoreRequest) { request.fail(.closed) }

    func perform(_ requests: [JobStoreRequest]) {
        var changes: [(JobChange, @Sendable (JobStoreError?) -> Void)] = []
        for request in requests {
            switch request {
            case .change(let change, let done): changes.append((change, done))
            case .all(let done): done(all())
            }
        }
        if changes.isEmpty { return }
        let error = write(changes.map(\.0))
        for (_, done) in changes { done(error) }
    }

    /// Opens the file and creates its table.
    @discardableResult
    func open() throws(SQLiteError) -> SQLiteConnection {
        if let opened { return opened.connection }
        let connection = try SQLiteConnection(opening: file)
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS jobs (
              application TEXT NOT NULL, name TEXT NOT NULL, job TEXT NOT NULL, PRIMARY KEY (application, name)
            )
            """
        )
        opened = Open(
            connection: connection,
            all: try connection.prepare("SELECT name, job FROM jobs WHERE application = ?1 ORDER BY name"),
            keep: try connection.prepare("INSERT OR REPLACE INTO jobs (application, name, job) VALUES (?1, ?2, ?3)"),
            forget: try connection.prepare("DELETE FROM jobs WHERE application = ?1 AND name = ?2")
        )
        return connection
    }

    private func all() -> Result<[KeptJob], JobStoreError> {
        guard let opened else { return .success([]) }
        do throws(SQLiteError) {
            var jobs: [KeptJob] = []
            try opened.all.bind(application, at: 1)
            while try opened.all.step() {
                jobs.append(KeptJob(name: opened.all.text(at: 0) ?? "", document: opened.all.bytes(at: 1)))
            }
            return .success(jobs)
        } catch {
            return .failure(JobStoreError("\(file): \(error)"))
        }
    }

    /// Makes changes in one transaction.
    private func write(_ changes: [JobChange]) -> JobStoreError? {
        do throws(SQLiteError) {
            // Deleting a job that was never stored needs no file.
            if opened == nil, changes.allSatisfy(\.isForgetting) { return nil }
            let connection = try open()
            try connection.execute("BEGIN IMMEDIATE")
            do throws(SQLiteError) {
                for change in changes { try apply(change) }
                try connection.execute("COMMIT")
            } catch {
                // The first error is the one to report; SQLite may already have rolled back.
                try? connection.execute("ROLLBACK")
                throw error
            }
            return nil
        } catch {
            return JobStoreError("\(file): \(error)")
        }
    }

    private func apply(_ change: JobChange) throws(SQLiteError) {
        guard let opened else { return }
        switch change {
        case .keep(let job):
            try opened.keep.bind(application, at: 1)
            try opened.keep.bind(job.name, at: 2)
            try opened.keep.bind(text: job.document, at: 3)
            try opened.keep.run()
        case .forget(let name):
            try opened.forget.bind(application, at: 1)
            try opened.forget.bind(name, at: 2)
            try opened.forget.run()
        }
    }
}

extension JobChange {
    fileprivate var isForgetting: Bool { if case .forget = self { true } else { false } }
}
