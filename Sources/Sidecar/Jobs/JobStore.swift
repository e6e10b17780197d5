/// Where the jobs of one application outlive the sidecar.
package protocol JobStore: Sendable {
    /// Every job that is kept.
    func all() async throws(JobStoreError) -> [KeptJob]

    /// Takes a change, without waiting, and tells when it is on the disk.
    ///
    /// Changes happen in the order in which they are submitted.
    func submit(_ change: JobChange, done: @escaping @Sendable (JobStoreError?) -> Void)

    /// Finishes what was submitted and lets go of the file.
    func close() async
}

/// A job as a store keeps it.
package struct KeptJob: Equatable, Sendable {
    /// The job's name.
    package var name: String
    /// A document that only the runtime reads.
    package var document: [UInt8]

    /// Creates a kept job.
    package init(name: String, document: [UInt8]) {
        self.name = name
        self.document = document
    }
}

/// One change of a job store.
package enum JobChange: Sendable {
    /// Keeps a job, in place of one of the same name.
    case keep(KeptJob)
    /// Forgets a job, if there is one.
    case forget(name: String)
}

/// Why jobs cannot be kept.
package struct JobStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What failed, and in which file.
    package let description: String

    /// Creates an error.
    package init(_ description: String) { self.description = description }
}

/// A kind of job store, and how to open one.
///
/// Backends live in targets of their own, as those of state do.
package struct JobStoreType: Sendable {
    /// Opens a file for the jobs of one application (namespace and name).
    ///
    /// With `createsFile` it is made at once where it is missing, else with the first job.
    package var open:
        @Sendable (_ file: String, _ application: String, _ createsFile: Bool) async throws(JobStoreError) ->
            any JobStore

    /// The name of a file that no flag named, beside that of a state store.
    package static let fileName = "dev-sidecar-jobs.sqlite"

    /// Creates a type.
    package init(
        open:
            @escaping @Sendable (_ file: String, _ application: String, _ createsFile: Bool)
            async
            throws(JobStoreError) -> any JobStore
    ) {
        self.open = open
    }
}
