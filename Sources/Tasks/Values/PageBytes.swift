/// How long a page of tasks or changes may become.
package enum PageBytes {
    /// About how many bytes of text a page has at most; one task or change there always is.
    package static let limit = 1 << 20
}

extension TaskPatch {
    /// About how many bytes its text has.
    package var approximateBytes: Int {
        let text = (title?.utf8.count ?? 0) + (description.value?.utf8.count ?? 0)
        return (tags ?? []).reduce(64 + text) { $0 + 8 + $1.utf8.count }
    }
}

extension TaskChange {
    /// About how many bytes of text what it did has.
    package var approximateBytes: Int { before.approximateBytes + after.approximateBytes }
}
