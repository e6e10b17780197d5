import DaprText

/// A change that is based on an older version of a task, and sets fields that were changed since.
package struct MergeConflict: Equatable, Sendable {
    /// The task as it is.
    package let current: TaskItem
    /// The task's content at the version that the change is based on.
    package let base: TaskContent
    /// That content with the change.
    package let yours: TaskContent
    /// The fields in which both differ from the base, and from each other.
    package let fields: [TaskField]

    package init(current: TaskItem, base: TaskContent, yours: TaskContent, fields: [TaskField]) {
        self.current = current
        self.base = base
        self.yours = yours
        self.fields = fields
    }
}

extension TaskContent {
    /// The fields in which the content differs from another.
    func fields(differingFrom other: TaskContent) -> TaskFields {
        var fields: TaskFields = []
        for field in TaskField.sorted where !isSame(field, in: other) { fields.insert(field) }
        return fields
    }

    /// Carries a change over to content that was changed meanwhile: each field is taken from the side that changed it,
    /// and tags are added and removed as both sides did.
    ///
    /// - Parameters:
    ///   - base: What both sides changed.
    ///   - yours: The base with the one side's change.
    ///   - theirs: The base with the other's.
    /// - Returns: The merged content, and the fields that both sides changed to different values.
    static func merged(base: TaskContent, yours: TaskContent, theirs: TaskContent) -> (TaskContent, [TaskField]) {
        var merged = theirs
        var conflicts: [TaskField] = []
        let changed = yours.fields(differingFrom: base)
        let others = theirs.fields(differingFrom: base)
        for field in TaskField.allCases where changed.contains(field) {
            if !others.contains(field) || yours.isSame(field, in: theirs) {
                merged.copy(field, from: yours)
            } else if field == .tags, let tags = mergedTags(base.tags, yours.tags, theirs.tags) {
                merged.tags = tags
            } else {
                conflicts.append(field)
            }
        }
        return (merged, conflicts)
    }

    /// Their tags, less those that you removed and with those that you added; `nil` when they are too many.
    private static func mergedTags(_ base: [String], _ yours: [String], _ theirs: [String]) -> [String]? {
        let (had, have) = (Set(base.map { ExactText($0) }), Set(yours.map { ExactText($0) }))
        var tags = theirs.filter { !had.contains(ExactText($0)) || have.contains(ExactText($0)) }
        let present = Set(tags.map { ExactText($0) })
        tags += yours.filter { !had.contains(ExactText($0)) && !present.contains(ExactText($0)) }
        return tags.count <= TaskRules.tagLimit ? tags : nil
    }
}
