/// What a client wants changed in a task ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)), and what a change did to it.
package struct TaskPatch: Hashable, Sendable {
    /// The fields it sets.
    package private(set) var fields: TaskFields = []
    /// What it sets them to; the other fields are as a new task has them.
    package private(set) var content = TaskContent(title: "")
    /// Whether the task shall be done; nil leaves it.
    ///
    /// False turns `done` into `todo` and leaves the others. Never set in a ``TaskChange``.
    package var completed: Bool?

    /// Makes a patch that changes nothing.
    package init() {}

    /// Makes a patch that sets every field.
    package init(of content: TaskContent) {
        self.content = content
        for field in TaskField.sorted { fields.insert(field) }
    }

    /// Makes a patch that sets some fields.
    package init(of content: TaskContent, only fields: TaskFields) {
        for field in TaskField.sorted where fields.contains(field) { set(field, from: content) }
    }

    /// The fields in which a task differs from another.
    package init(of content: TaskContent, differingFrom other: TaskContent) {
        for field in TaskField.sorted where !content.isSame(field, in: other) {
            set(field, from: content)
        }
    }

    /// Reads a patch from the fields of a request; `null` takes status, priority and tags back to what a new task has.
    /// - Throws: ``TaskError/invalid(_:)`` with everything that is wrong.
    package init(fields: [(name: String, value: FieldValue)]) throws(TaskError) {
        var reader = FieldReader(fields)
        let patch = reader.patch()
        self = try reader.checked(patch.checked)
    }

    /// Whether it changes nothing.
    package var isEmpty: Bool { fields.isEmpty && completed == nil }

    /// What it sets a field to; nil leaves the field.
    package func value(of field: TaskField) -> TaskValue? {
        fields.contains(field) ? content.value(of: field) : nil
    }

    /// Sets a field to what it is in a task.
    package mutating func set(_ field: TaskField, from other: TaskContent) {
        content.copy(field, from: other)
        fields.insert(field)
    }

    /// Sets a field, which is as a new task has it unless the closure changes it; what the closure does to others is lost.
    package mutating func set(_ field: TaskField, _ change: (inout TaskContent) -> Void = { _ in }) {
        var changed = TaskContent(title: "")
        change(&changed)
        set(field, from: changed)
    }

    /// Changes the fields of the task that the patch names.
    package func apply(to task: inout TaskContent) {
        for field in TaskField.sorted where fields.contains(field) { task.copy(field, from: content) }
        if !fields.contains(.status), let completed, completed != task.completed {
            task.status = completed ? .done : .todo
        }
    }

    /// The patch with its text as it would be stored.
    /// - Throws: ``TaskError/invalid(_:)`` with every fault.
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

    /// A fault when `status` and `completed` are both given and do not agree.
    var contradictions: [FieldFault] {
        guard fields.contains(.status), let completed, completed != content.completed else { return [] }
        return [FieldFault("completed", .contradiction, "Let completed and status agree, or leave one out.")]
    }
}
