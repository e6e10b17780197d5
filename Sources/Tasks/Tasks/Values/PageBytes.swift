/// How long a page of tasks or changes may become.
package enum PageBytes {
    /// About how many bytes of text a page has at most; one task or change there always is.
    package static let limit = 1 << 20
}

extension TaskPatch {
    /// About how many bytes of memory the patch takes.
    package var approximateBytes: Int { 64 + content.approximateBytes }
}

extension TaskChange {
    /// About how many bytes of text what it did has.
    package var approximateBytes: Int { before.approximateBytes + after.approximateBytes }
}
