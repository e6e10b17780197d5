extension TaskContent {
    /// Reads a new task, or one to replace another, from the fields of a request: `title` is needed, `null` is as absent, `completed` true is `status` done.
    /// - Throws: ``TaskError/invalid(_:)`` with everything that is wrong.
    package init(fields: [(name: String, value: FieldValue)]) throws(TaskError) {
        var reader = FieldReader(fields)
        var content = TaskContent(title: "")
        reader.patch().apply(to: &content)
        self = try reader.checked(content.checked)
    }

    /// The content as it would be stored.
    /// - Throws: ``TaskError/invalid(_:)`` with every fault.
    package func checked() throws(TaskError) -> TaskContent {
        var faults: [FieldFault] = []
        var content = self
        for field in TaskField.allCases { TaskRules.check(field, of: &content, &faults) }
        guard faults.isEmpty else { throw .invalid(faults) }
        return content
    }
}
