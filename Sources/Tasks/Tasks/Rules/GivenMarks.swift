import DaprText

/// The values that a replacement gives for properties that the service sets, because it repeats all that a read gave.
///
/// They change nothing: where they are not those of the task any more, the command is refused.
package struct GivenMarks: Hashable, Sendable {
    private var values: [TaskMark: FieldValue] = [:]

    /// Creates marks of which none is given.
    package init() {}

    /// Takes the marks out of the fields of a request; `completed` stays, because a client may set it.
    package init(takenFrom fields: inout [(name: String, value: FieldValue)]) {
        var others: [(name: String, value: FieldValue)] = []
        for field in fields {
            if let mark = TaskMark(rawValue: field.name), mark != .completed {
                values[mark] = field.value
            } else {
                others.append(field)
            }
        }
        fields = others
    }

    /// The marks in the order of their names, each with the value given for it.
    var sorted: [(mark: TaskMark, value: FieldValue)] {
        values.map { (mark: $0.key, value: $0.value) }.sorted { $0.mark.rawValue < $1.mark.rawValue }
    }

    /// Compares what was given with a task.
    ///
    /// - Throws: ``TaskError/versionMismatch(current:)`` when the task has changed since, whatever else differs; otherwise
    ///   ``TaskError/invalid(_:)`` with each mark that is not the task's.
    func check(against task: TaskItem) throws(TaskError) {
        if case .integer(let version)? = values[.version], version < task.version {
            throw .versionMismatch(current: task)
        }
        let faults = sorted.filter { !isSame($0.mark, $0.value, in: task) }.map {
            FieldFault(
                $0.mark.rawValue,
                .readOnly,
                "Give this field as it was read, or leave it out; the service sets it."
            )
        }
        guard faults.isEmpty else { throw .invalid(faults) }
    }

    private func isSame(_ mark: TaskMark, _ given: FieldValue, in task: TaskItem) -> Bool {
        switch (mark, given) {
        case (.id, .string(let text)): TaskID(text) == task.id
        case (.userID, .string(let text)): text.hasSameBytes(as: task.userID.rawValue)
        case (.createdAt, .string(let text)): Timestamp(parsing: text) == task.createdAt
        case (.updatedAt, .string(let text)): Timestamp(parsing: text) == task.updatedAt
        case (.version, .integer(let number)): number == task.version
        case (.completed, _): true
        case (.id, _), (.userID, _), (.createdAt, _), (.updatedAt, _), (.version, _): false
        }
    }
}
