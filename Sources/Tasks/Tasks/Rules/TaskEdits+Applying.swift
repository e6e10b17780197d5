import DaprText

extension TaskEdits {
    /// The content of a task after the edits, and what they leave of the properties that the service sets, which must be
    /// the task's.
    ///
    /// - Throws: ``TaskError/testFailed(edit:)``, or ``TaskError/invalid(_:)`` for a place that is not there, and for a
    ///   result that no task can be.
    func result(on task: TaskItem) throws(TaskError) -> (content: TaskContent, marks: GivenMarks) {
        var document = EditedTask(task)
        for (index, step) in steps.enumerated() {
            do throws(EditFault) {
                try document.apply(step)
            } catch {
                switch error {
                case .test: throw .testFailed(edit: index)
                case .place(let message): throw .invalid([FieldFault("[\(index)].path", .noSuchPath, message)])
                }
            }
        }
        return try document.result(from: task)
    }
}

/// Why an edit cannot be made.
private enum EditFault: Error {
    case test
    case place(String)
}

/// A task's JSON while it is edited.
private struct EditedTask {
    /// The members in the order of their names, without those that were removed.
    private var members: [(name: String, value: FieldValue)]

    init(_ task: TaskItem) {
        members = TaskMember.sorted.map { (name: $0.name, value: FieldValue(task.value(of: $0))) }
    }

    mutating func apply(_ step: TaskEdits.Step) throws(EditFault) {
        switch step {
        case .add(let path, let value): try add(value, path)
        case .remove(let path): _ = try remove(path)
        case .replace(let path, let value):
            if case .element(let name, let index) = path {
                var list = try list(name)
                guard list.indices.contains(index) else { throw Self.missing }
                list[index] = value
                set(name, .list(list))
            } else {
                _ = try self.value(at: path)
                try add(value, path)
            }
        case .move(let from, let to):
            let value = try remove(from)
            try add(value, to)
        case .copy(let from, let to): try add(try value(at: from), to)
        case .test(let path, let wanted):
            // A value that no member can have equals nothing.
            guard case .other = wanted else {
                guard try value(at: path) == wanted else { throw .test }
                return
            }
            _ = try value(at: path)
            throw .test
        }
    }

    /// The fields as a client gives them for a whole task.
    func result(from task: TaskItem) throws(TaskError) -> (content: TaskContent, marks: GivenMarks) {
        var fields = members
        // The two are one property: who changes one of them need not change the other.
        let before = EditedTask(task)
        let (status, completed) = (TaskField.status.rawValue, TaskMark.completed.rawValue)
        if find(status) == before.find(status) {
            if find(completed) != before.find(completed), find(completed) != nil {
                fields.removeAll { $0.name.hasSameBytes(as: status) }
                // From done to not done and back, as complete and reopen have it; in_progress stays when it is not done.
                if case .bool(false)? = find(completed), !task.content.completed {
                    fields.append((name: status, value: .string(task.content.status.rawValue)))
                }
            }
        } else {
            if find(completed) == before.find(completed) { fields.removeAll { $0.name.hasSameBytes(as: completed) } }
        }
        let removed = TaskMark.allCases.filter { $0 != .completed && find($0.rawValue) == nil }
        guard removed.isEmpty else {
            throw .invalid(
                removed.map { FieldFault($0.rawValue, .readOnly, "Leave this field alone; the service sets it.") }
            )
        }
        let marks = GivenMarks(takenFrom: &fields)
        return (try TaskContent(fields: fields), marks)
    }

    private static let missing = EditFault.place("There is nothing at the path in a task as the edits before left it.")

    private func find(_ name: String) -> FieldValue? { members.first { $0.name.hasSameBytes(as: name) }?.value }

    private func list(_ name: String) throws(EditFault) -> [FieldValue] {
        guard case .list(let list)? = find(name) else { throw Self.missing }
        return list
    }

    private mutating func set(_ name: String, _ value: FieldValue) {
        if let place = members.firstIndex(where: { $0.name.hasSameBytes(as: name) }) {
            members[place].value = value
        } else {
            members.append((name: name, value: value))
        }
    }

    private func value(at path: EditPath) throws(EditFault) -> FieldValue {
        switch path {
        case .member(let name):
            guard let value = find(name) else { throw Self.missing }
            return value
        case .element(let name, let index):
            let list = try list(name)
            guard list.indices.contains(index) else { throw Self.missing }
            return list[index]
        case .whole: throw .place("Give the path of a member, such as /title; a whole task is replaced by PUT.")
        case .end, .nowhere: throw Self.missing
        }
    }

    private mutating func add(_ value: FieldValue, _ path: EditPath) throws(EditFault) {
        switch path {
        case .member(let name): set(name, value)
        case .element(let name, let index):
            var list = try list(name)
            guard (0...list.count).contains(index) else { throw Self.missing }
            list.insert(value, at: index)
            set(name, .list(list))
        case .end(let name): set(name, .list(try list(name) + [value]))
        case .whole: throw .place("Give the path of a member, such as /title; a whole task is replaced by PUT.")
        case .nowhere: throw Self.missing
        }
    }

    private mutating func remove(_ path: EditPath) throws(EditFault) -> FieldValue {
        let removed = try value(at: path)
        switch path {
        case .member(let name): members.removeAll { $0.name.hasSameBytes(as: name) }
        case .element(let name, let index):
            var list = try list(name)
            list.remove(at: index)
            set(name, .list(list))
        case .whole, .end, .nowhere: break
        }
        return removed
    }
}

extension FieldValue {
    /// A value of a task as a client would give it.
    fileprivate init(_ value: TaskValue) {
        switch value {
        case .null: self = .null
        case .other: self = .other
        case .bool(let truth): self = .bool(truth)
        case .integer(let number): self = .integer(number)
        case .word(let text), .text(let text): self = .string(text)
        case .time(let time): self = .string(time.text)
        case .day(let day): self = .string(day.text)
        case .id(let id): self = .string(id.rawValue)
        case .list(let texts): self = .list(texts.map { .string($0) })
        }
    }
}
