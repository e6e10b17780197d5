package import Tasks

/// Why a book was not exported or imported.
package enum TransferError: Error, CustomStringConvertible {
    /// The store did not answer, or what it has cannot be read.
    case journal(JournalFailure)
    /// The journal's beginning was removed as too old, so the book cannot be told from it.
    case noBeginning(OwnerID)
    /// Something stored is not as the journal says.
    case unsound(key: String, reason: String)
    /// Somebody wrote all the time.
    case busy(OwnerID)
    /// A line of the file is not what it must be; nothing was written.
    case line(Int, reason: String)
    /// The owner has a book that does not begin the file's; nothing was written.
    case notEmpty(OwnerID, sequence: Int)
    /// Somebody else wrote to the book meanwhile.
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

/// How much a file of one book holds.
package struct TransferCounts: Sendable, Equatable {
    /// The commits.
    package var commits = 0
    /// The changes in them.
    package var changes = 0
    /// The tasks.
    package var tasks = 0
}
