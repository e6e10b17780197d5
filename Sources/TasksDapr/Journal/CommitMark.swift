/// Which commit a book stands on: the last one in it.
///
/// A store that went back in time has another under its key, or none.
package struct CommitMark: Equatable, Sendable {
    /// The sequence of its first change.
    package let sequence: Int
    /// The identifier in its record.
    package let id: String
}

extension CommitRecord {
    /// What a book that was brought here stands on.
    var mark: CommitMark { CommitMark(sequence: sequence, id: id) }
}
