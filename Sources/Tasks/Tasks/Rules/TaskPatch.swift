/// A client's change to a task ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)), or one side of a recorded change.
package struct TaskPatch: Hashable, Sendable {
    /// The fields that the patch sets.
    package private(set) var fields: TaskFields = []
    /// The values of those fields; all others are as in a new task.
    package private(set) var content = TaskContent(title: "")
    /// Whether the task shall be completed; `nil` to leave that alone.
    ///
    /// `false` turns `done` into `todo` and leaves other statuses alone. Never set in a ``TaskChange``.
    package var completed: Bool?

    /// Creates a patch that changes nothing.
    package init() {}

    /// Creates a patch that sets every field.
    package init(of content: TaskContent) {
        self.content = content
        for field in TaskField.sorted { fields.insert(field) }
    }

    /// Creates a patch that sets some fields.
    package init(of content: TaskContent, only fields: TaskFields) {
        for field in TaskField.sorted where fields.contains(field) { set(field, from: content) }
    }

    /// Creates a patch of the fields in which `content` differs from `other`.
    package init(of content: TaskContent, differingFrom other: TaskContent) {
        for field in TaskField.sorted where !content.isSame(field, in: other) {
            set(field, from: content)
        }
    }

    /// Reads a patch from the fields of a request; `null` resets status, priority and tags to those of a new task.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with all faults.
    package init(fields: [(name: String, value: FieldValue)]) throws(TaskError) {
        var reader = FieldReader(fields)
        let patch = reader.patch()
        self = try reader.checked(patch.checked)
    }

    /// Whether the patch changes nothing.
    package var isEmpty: Bool { fields.isEmpty && completed == nil }

    /// The value that the patch sets a field to; `nil` when it does not set the field.
    package func value(of field: TaskField) -> TaskValue? {
        fields.contains(field) ? content.value(of: field) : nil
    }

    /// Sets a field to its value in `other`.
    package mutating func set(_ field: TaskField, from other: TaskContent) {
        content.copy(field, from: other)
        fields.insert(field)
    }

    /// Sets a field to its value in a new task, as changed by the closure; the closure's changes to other fields are
    /// ignored.
    package mutating func set(_ field: TaskField, _ change: (inout TaskContent) -> Void = { _ in }) {
        var changed = TaskContent(title: "")
        change(&changed)
        set(field, from: changed)
    }

    /// Sets the patch's fields in `task`.
    package func apply(to task: inout TaskContent) {
        for field in TaskField.sorted where fields.contains(field) { task.copy(field, from: content) }
        if !fields.contains(.status), let completed, completed != task.completed {
            task.status = completed ? .done : .todo
        }
    }

    /// The content of a task with the patch.
    func result(on task: TaskItem) -> TaskContent {
        var content = task.content
        apply(to: &content)
        return content
    }

    /// The patch with its texts in their stored form.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with all faults.
    package func checked() throws(TaskError) -> TaskPatch {
        var faults: [FieldFault] = []
        var patch = self
        for field in TaskField.allCases where fields.contains(field) {
            TaskRules.check(field, of: &patch.content, &faults)
        }
        faults += contradictions
        guard faults.isEmpty else { throw .invalid(faults) }
        return patch
    }

    /// A fault when `status` and `completed` are both given and contradict each other.
    var contradictions: [FieldFault] {
        guard fields.contains(.status), let completed, completed != content.completed else { return [] }
        return [FieldFault("completed", .contradiction, "Let completed and status agree, or leave one out.")]
    }
}
