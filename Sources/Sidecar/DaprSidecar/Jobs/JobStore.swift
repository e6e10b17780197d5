/// Storage for the jobs of one application, so that they outlive the sidecar.
package protocol JobStore: Sendable {
    /// Returns every stored job.
    func all() async throws(JobStoreError) -> [KeptJob]

    /// Takes a change without waiting, and calls `done` when it is on disk.
    ///
    /// Changes are made in the order of submission.
    func submit(_ change: JobChange, done: @escaping @Sendable (JobStoreError?) -> Void)

    /// Finishes the submitted changes and closes the file.
    func close() async
}

/// A job as it is stored.
package struct KeptJob: Equatable, Sendable {
    /// The job's name.
    package var name: String
    /// A document that only the runtime can read.
    package var document: [UInt8]

    package init(name: String, document: [UInt8]) {
        self.name = name
        self.document = document
    }
}

/// One change of a job store.
package enum JobChange: Sendable {
    /// Stores a job in place of any other of the same name.
    case keep(KeptJob)
    /// Deletes a job, if there is one.
    case forget(name: String)
}

/// Why jobs cannot be stored.
package struct JobStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What failed, and in which file.
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A kind of job store, and how to open one.
///
/// Backends live in targets of their own, as those of state stores do.
package struct JobStoreType: Sendable {
    /// Opens a file for the jobs of one application (namespace and name).
    ///
    /// With `createsFile` a missing file is made at once, otherwise with the first job.
    package var open:
        @Sendable (_ file: String, _ application: String, _ createsFile: Bool) async throws(JobStoreError) ->
            any JobStore

    /// The name of the file, next to that of a state store, when no flag names one.
    package static let fileName = "dev-sidecar-jobs.sqlite"

    package init(
        open:
            @escaping @Sendable (_ file: String, _ application: String, _ createsFile: Bool)
            async
            throws(JobStoreError) -> any JobStore
    ) {
        self.open = open
    }
}
