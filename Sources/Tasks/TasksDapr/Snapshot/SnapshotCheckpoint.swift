/// A snapshot whose pages outlive later snapshots, so that the book can be seen as it was.
package struct SnapshotCheckpoint: Hashable, Sendable {
    /// The sequence of the last change in it.
    package let sequence: Int
    /// Distinguishes it from one that another server wrote at the same change.
    package let mark: String

    /// About how many changes lie between two checkpoints.
    package static let interval = 4096

    /// Whether a snapshot at `sequence` is a checkpoint, given the sequence of the snapshot before it.
    static func isDue(at sequence: Int, after earlier: Int, every interval: Int) -> Bool {
        sequence / interval > earlier / interval
    }
}
