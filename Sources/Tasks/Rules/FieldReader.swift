/// Reads the fields of a request and notes everything that is wrong with them.
struct FieldReader {
    private var faults: [FieldFault] = []
    private let fields: [(name: String, value: FieldValue)]

    private static let writable: Set<String> = [
        "title", "description", "status", "completed", "priority", "due_date", "tags",
    ]
    /// How many faults are told; what is wrong in more places is not read, only refused.
    static let faultLimit = 100
    private static let readOnly: Set<String> = ["id", "user_id", "created_at", "updated_at", "version"]

    /// Notes unknown and read-only fields at once.
    init(_ fields: [(name: String, value: FieldValue)]) {
        self.fields = fields
        for (name, _) in fields where !FieldReader.writable.contains(name) {
            guard faults.count < FieldReader.faultLimit else { break }
            let fault =
                FieldReader.readOnly.contains(name)
                ? FieldFault(name, .readOnly, "Leave this field out; the service sets it.")
                : FieldFault(name, .unknownField, "A task has no such field.")
            faults.append(fault)
        }
    }

    /// The fields as a patch: `null` takes status, priority and tags back to what a new task has.
    mutating func patch() -> TaskPatch {
        var patch = TaskPatch()
        patch.title = text("title", nullIs: .required)
        patch.description = read("description", "a string or null", \.text)
        patch.status = choice("status", TaskStatus.self, nullIs: .todo)
        patch.completed = read("completed", "true or false", \.truth, nullIs: .type).value
        patch.priority = choice("priority", TaskPriority.self, nullIs: .medium)
        patch.tags = tags()
        if case .value(let text) = read("due_date", "a string or null", \.text) {
            patch.dueDate = Timestamp(parsing: text).map { .value($0) } ?? .absent
            if patch.dueDate == .absent {
                faults.append(
                    FieldFault("due_date", .notRFC3339, "Give a date and time as in 2026-01-02T03:04:05Z.")
                )
            }
        } else if value("due_date") == .null {
            patch.dueDate = .null
        }
        faults += patch.contradictions
        return patch
    }

    /// What the rules make of what was read; they say nothing of fields that are unreadable already.
    /// - Throws: ``TaskError/invalid(_:)`` with everything that is wrong.
    func checked<Value>(_ check: () throws(TaskError) -> Value) throws(TaskError) -> Value {
        switch Result(catching: check) {
        case .success(let value) where faults.isEmpty: return value
        case .success: throw .invalid(faults)
        case .failure(.invalid(let others)):
            let known = Set(faults.map(\.field))
            throw .invalid(faults + others.filter { !known.contains($0.field) })
        case .failure(let error): throw error
        }
    }

    private func value(_ name: String) -> FieldValue? {
        fields.last { $0.name == name }?.value
    }

    private mutating func read<Value>(
        _ name: String,
        _ wanted: String,
        _ convert: (FieldValue) -> Value?,
        nullIs fault: FaultCode? = nil
    ) -> PatchField<Value> {
        guard let value = value(name) else { return .absent }
        if value == .null, fault == nil { return .null }
        if let converted = convert(value) { return .value(converted) }
        faults.append(FieldFault(name, value == .null ? fault ?? .type : .type, "Give \(wanted)."))
        return .absent
    }

    private mutating func text(_ name: String, nullIs fault: FaultCode) -> String? {
        read(name, "a string", \.text, nullIs: fault).value
    }

    private mutating func choice<Value: RawRepresentable<String> & CaseIterable & Hashable & Sendable>(
        _ name: String,
        _ type: Value.Type,
        nullIs initial: Value
    ) -> Value? {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        switch read(name, "one of \(names)", \.text) {
        case .absent: return nil
        case .null: return initial
        case .value(let text):
            if let value = Value(rawValue: text) { return value }
            faults.append(FieldFault(name, .notOneOf, "Give one of \(names)."))
            return nil
        }
    }

    private mutating func tags() -> [String]? {
        switch read("tags", "a list of strings", \.list) {
        case .absent: return nil
        case .null: return []
        case .value(let list):
            // Counted before any is looked at: there may be as many as a body has room for.
            guard list.count <= TaskRules.tagLimit else {
                faults.append(TaskRules.tooManyTags(list.count))
                return nil
            }
            for (index, element) in list.enumerated() where element.text == nil {
                faults.append(FieldFault("tags[\(index)]", .type, "Give a string."))
            }
            return list.map { $0.text ?? "" }
        }
    }
}

extension FieldValue {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var truth: Bool? { if case .bool(let truth) = self { truth } else { nil } }
    fileprivate var list: [FieldValue]? { if case .list(let list) = self { list } else { nil } }
}
