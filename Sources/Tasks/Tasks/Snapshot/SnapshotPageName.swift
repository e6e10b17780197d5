/// The name of a stored page.
///
/// A page that changes is written under a new name, so that a page in use by a reader, or by a head that is being
/// written, is never overwritten.
package struct SnapshotPageName: Hashable, Sendable {
    /// The number of the page, whose places begin at 64 times this number.
    package let number: Int
    /// The change that the page is current to.
    package let sequence: Int
    /// Distinguishes the page from one that another server wrote at the same change.
    ///
    /// `nil` for a page of the first format, which kept one name for ever and is current to at least this change.
    package let mark: String?
    /// The number of documents that the page is split into.
    package let parts: Int

    package init(number: Int, sequence: Int, mark: String?, parts: Int = 1) {
        self.number = number
        self.sequence = sequence
        self.mark = mark
        self.parts = parts
    }
}
