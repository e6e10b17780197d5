/// A snapshot whose pages are kept after later ones, so that the book can be seen as it was.
package struct SnapshotCheckpoint: Hashable, Sendable {
    /// The sequence of the last change in it.
    package let sequence: Int
    /// What tells it from one that another server wrote at the same change.
    package let mark: String

    /// How many changes lie between two, about.
    package static let interval = 4096

    /// Whether a snapshot is one, given the one before it and how many changes lie between two.
    static func isDue(at sequence: Int, after earlier: Int, every interval: Int) -> Bool {
        sequence / interval > earlier / interval
    }
}
