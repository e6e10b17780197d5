/// The limit on the length of a page of tasks or changes.
package enum PageBytes {
    /// Roughly the most bytes of text on a page; a page holds at least one task or change, however long.
    package static let limit = 1 << 20
}

extension TaskPatch {
    /// The approximate size of the patch in memory, in bytes.
    package var approximateBytes: Int { 64 + content.approximateBytes }
}

extension TaskChange {
    /// The approximate size of the change's text in bytes.
    package var approximateBytes: Int { before.approximateBytes + after.approximateBytes }
}
