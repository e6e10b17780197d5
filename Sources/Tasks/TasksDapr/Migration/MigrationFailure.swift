/// Why a book was not converted to another format.
package enum MigrationFailure: Error, CustomStringConvertible {
    /// The store did not answer, or its data cannot be read.
    case journal(JournalFailure)
    /// A document holds a feature that the format lacks; no commit was converted, unless a server wrote the feature
    /// meanwhile.
    case doesNotFit(key: String, what: String, format: Int)

    package var description: String {
        switch self {
        case .journal(let failure): "\(failure)"
        case .doesNotFit(let key, let what, let format):
            "\(key) holds \(what), which format \(format) cannot; the book stays as it is, for servers that read it"
        }
    }
}
