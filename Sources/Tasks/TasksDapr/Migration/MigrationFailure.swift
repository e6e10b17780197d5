/// Why a book was not brought to another format.
package enum MigrationFailure: Error, CustomStringConvertible {
    /// The store did not answer, or what it has cannot be read.
    case journal(JournalFailure)
    /// A document holds what the format cannot; of a journal nothing was written.
    case doesNotFit(key: String, what: String, format: Int)

    package var description: String {
        switch self {
        case .journal(let failure): "\(failure)"
        case .doesNotFit(let key, let what, let format):
            "\(key) holds \(what), which format \(format) cannot; the book stays as it is, for servers that read it"
        }
    }
}
