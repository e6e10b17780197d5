extension TaskContent {
    /// Reads a new task, or a replacement for one, from the fields of a request.
    ///
    /// `title` is required, `null` counts as absent, and `completed: true` means that `status` is done.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with all faults.
    package init(fields: [(name: String, value: FieldValue)]) throws(TaskError) {
        var reader = FieldReader(fields)
        var content = TaskContent(title: "")
        reader.patch().apply(to: &content)
        self = try reader.checked(content.checked)
    }

    /// The content in its stored form.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with all faults.
    package func checked() throws(TaskError) -> TaskContent {
        var faults: [FieldFault] = []
        var content = self
        for field in TaskField.allCases { TaskRules.check(field, of: &content, &faults) }
        guard faults.isEmpty else { throw .invalid(faults) }
        return content
    }
}
