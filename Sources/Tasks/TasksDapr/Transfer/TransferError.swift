package import Tasks

/// Why a book was not exported or imported.
package enum TransferError: Error, CustomStringConvertible {
    /// The store did not answer, or its data cannot be read.
    case journal(JournalFailure)
    /// The journal's beginning was removed as too old, so the book cannot be exported from it.
    case noBeginning(OwnerID)
    /// A stored document differs from the journal.
    case unsound(key: String, reason: String)
    /// Others wrote all the time.
    case busy(OwnerID)
    /// A line of the file is wrong; nothing was written.
    case line(Int, reason: String)
    /// The owner has a book that is not the beginning of the file's; nothing was written.
    case notEmpty(OwnerID, sequence: Int)
    /// Another writer wrote to the book during the import.
    case writtenMeanwhile(OwnerID, sequence: Int)

    package var description: String {
        switch self {
        case .journal(let failure): "\(failure)"
        case .noBeginning(let owner):
            "the first commits of \(owner) were removed as too old (--history-retention), and an export needs them all"
        case .unsound(let key, let reason):
            "\(key): \(reason); nothing is exported from a book that is not sound (task-server verify tells all)"
        case .busy(let owner): "\(owner) wrote all the time; repeat it when there is less to do"
        case .line(let number, let reason): "line \(number) of the file: \(reason); nothing was written"
        case .notEmpty(let owner, let sequence):
            "\(owner) has a book already, which differs from the file's at change \(sequence); nothing was written, import into another owner"
        case .writtenMeanwhile(let owner, let sequence):
            "somebody else wrote change \(sequence) of \(owner) during the import, which ends there; import into another owner"
        }
    }
}

/// The size of one book's file.
package struct TransferCounts: Sendable, Equatable {
    /// The number of commits.
    package var commits = 0
    /// The number of changes in them.
    package var changes = 0
    /// The number of tasks.
    package var tasks = 0
}
