package import Tasks

extension TaskPatch {
    /// A patch that sets one field.
    package static func setting(_ field: TaskField, _ change: (inout TaskContent) -> Void) -> TaskPatch {
        var patch = TaskPatch()
        patch.set(field, change)
        return patch
    }
}
