/// Which commit a book stands on: the last one in it.
///
/// A store that went back in time has another under its key, or none.
package struct CommitMark: Equatable, Sendable {
    /// The sequence of its first change.
    package let sequence: Int
    /// The identifier in its record.
    package let id: String
    /// The hash of the chain at it; nil when it is in none, or nobody told.
    package let hash: String?

    /// Makes one of its parts.
    package init(sequence: Int, id: String, hash: String? = nil) {
        self.sequence = sequence
        self.id = id
        self.hash = hash
    }

    /// Whether they are the same commit, whoever told of it.
    package static func == (left: CommitMark, right: CommitMark) -> Bool {
        left.sequence == right.sequence && left.id == right.id
    }
}

extension CommitRecord {
    /// What a book that was brought here stands on.
    var mark: CommitMark { CommitMark(sequence: sequence, id: id, hash: hash) }
}
