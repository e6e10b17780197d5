/// The commit that a book stands on: its last one.
///
/// A store that went back in time has another commit under the same key, or none.
package struct CommitMark: Equatable, Sendable {
    /// The sequence of the commit's first change.
    package let sequence: Int
    /// The identifier in the commit's record.
    package let id: String
    /// The chain's hash at this commit; `nil` when the commit is in no chain or the hash is unknown.
    package let hash: String?

    package init(sequence: Int, id: String, hash: String? = nil) {
        self.sequence = sequence
        self.id = id
        self.hash = hash
    }

    /// Whether both name the same commit; the hash, which not every source knows, is ignored.
    package static func == (left: CommitMark, right: CommitMark) -> Bool {
        left.sequence == right.sequence && left.id == right.id
    }
}

extension CommitRecord {
    /// The mark of a book that ends with this commit.
    var mark: CommitMark { CommitMark(sequence: sequence, id: id, hash: hash) }
}
