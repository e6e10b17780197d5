/// Which document a page is.
///
/// A page that changes is written under a new name: what a reader, or a head that is on its way, rests on is never overwritten.
package struct SnapshotPageName: Hashable, Sendable {
    /// Which page: it has the places from 64 times this on.
    package let number: Int
    /// The change it is current to.
    package let sequence: Int
    /// What tells it from the page that another server wrote at the same change.
    ///
    /// Nil is a page of the first format: those had one name for ever, and were current to this change at least.
    package let mark: String?
    /// In how many documents it is.
    package let parts: Int

    /// Makes a name of its parts.
    package init(number: Int, sequence: Int, mark: String?, parts: Int = 1) {
        self.number = number
        self.sequence = sequence
        self.mark = mark
        self.parts = parts
    }
}
