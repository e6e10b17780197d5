import DaprText

/// Reads the fields of a request and collects their faults.
struct FieldReader {
    private var faults: [FieldFault] = []
    private let fields: [(name: String, value: FieldValue)]

    /// The most unknown and read-only fields to report; further ones are not looked at, but the request is refused
    /// anyway.
    static let faultLimit = FieldFault.toldLimit + 1
    /// The member `completed`, which is another form of `status`.
    private static let completed = TaskMark.completed.rawValue

    /// Notes unknown and read-only fields at once.
    init(_ fields: [(name: String, value: FieldValue)]) {
        self.fields = fields
        for (name, _) in fields where TaskField(rawValue: name) == nil && name != FieldReader.completed {
            guard faults.count < FieldReader.faultLimit else { break }
            let fault =
                TaskMark(rawValue: name) != nil
                ? FieldFault(name, .readOnly, "Leave this field out; the service sets it.")
                : FieldFault(name, .unknownField, "A task has no such field.")
            faults.append(fault)
        }
    }

    /// Reads the fields as a patch; `null` resets a field to its value in a new task.
    mutating func patch() -> TaskPatch {
        var patch = TaskPatch()
        for field in TaskField.allCases { read(field, into: &patch) }
        faults += patch.contradictions
        return patch
    }

    private mutating func read(_ field: TaskField, into patch: inout TaskPatch) {
        switch field {
        case .title:
            guard let given = value(field.rawValue) else { return }
            guard let text = convert(given, field.rawValue, "a string", \.text, nullIs: .required) else { return }
            patch.set(field) { $0.title = text }
        case .description:
            guard let given = given(field, orReset: &patch) else { return }
            guard let text = convert(given, field.rawValue, "a string or null", \.text) else { return }
            patch.set(field) { $0.description = text }
        case .status:
            if let status = choice(field, TaskStatus.self, orReset: &patch) { patch.set(field) { $0.status = status } }
            guard let given = value(FieldReader.completed) else { return }
            patch.completed = convert(given, FieldReader.completed, "true or false", \.truth)
        case .priority:
            guard let priority = choice(field, TaskPriority.self, orReset: &patch) else { return }
            patch.set(field) { $0.priority = priority }
        case .tags:
            guard let given = given(field, orReset: &patch) else { return }
            guard let list = convert(given, field.rawValue, "a list of strings", \.list) else { return }
            guard let tags = tags(list) else { return }
            patch.set(field) { $0.tags = tags }
        case .dueDate:
            guard let given = given(field, orReset: &patch) else { return }
            guard let text = convert(given, field.rawValue, "a string or null", \.text) else { return }
            do throws(DueDateFault) {
                let dueDate = try DueDate(given: text)
                patch.set(field) { $0.dueDate = dueDate }
            } catch {
                faults.append(FieldFault(field.rawValue, .notRFC3339, error.message))
            }
        }
    }

    /// Runs a check on what was read; its faults in fields that are unreadable already are left out.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with all faults.
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
        fields.last { $0.name.hasSameBytes(as: name) }?.value
    }

    /// The value given for a field; `nil` when there is none, or when it is `null`, which resets the field.
    private func given(_ field: TaskField, orReset patch: inout TaskPatch) -> FieldValue? {
        guard let given = value(field.rawValue) else { return nil }
        guard given == .null else { return given }
        patch.set(field)
        return nil
    }

    /// Converts a value; `nil` when that is not possible, which is noted as a fault.
    private mutating func convert<Value>(
        _ given: FieldValue,
        _ name: String,
        _ wanted: String,
        _ convert: (FieldValue) -> Value?,
        nullIs fault: FaultCode = .type
    ) -> Value? {
        if let converted = convert(given) { return converted }
        faults.append(FieldFault(name, given == .null ? fault : .type, "Give \(wanted)."))
        return nil
    }

    private mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ field: TaskField,
        _ type: Value.Type,
        orReset patch: inout TaskPatch
    ) -> Value? {
        guard let given = given(field, orReset: &patch) else { return nil }
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        guard let text = convert(given, field.rawValue, "one of \(names)", \.text) else { return nil }
        if let value = Value(rawValue: text) { return value }
        faults.append(FieldFault(field.rawValue, .notOneOf, "Give one of \(names)."))
        return nil
    }

    private mutating func tags(_ list: [FieldValue]) -> [String]? {
        // Counted before any tag is looked at, because there may be as many as fit into a body.
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

extension FieldValue {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var truth: Bool? { if case .bool(let truth) = self { truth } else { nil } }
    fileprivate var list: [FieldValue]? { if case .list(let list) = self { list } else { nil } }
}
