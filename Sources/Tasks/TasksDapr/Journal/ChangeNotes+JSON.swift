internal import DaprJSON
internal import TaskJSON
internal import Tasks

/// What a change tells beside, as the member `more` of its entry in the journal.
///
///     {"merged":["tags"],"unchanged":[{"operation":2,"refusal":{"code":"TASK_NOT_FOUND","id":"<uuid>"}}],"undone":[10,12]}
///
/// An operation without a change has no `refusal` when there was no task, and there was to be none.
extension ChangeNotes {
    /// The notes as JSON; `nil` when there are none.
    var json: JSONValue? {
        if isEmpty { return nil }
        var object = JSONObject()
        let fields = TaskField.sorted.filter(merged.contains)
        if !fields.isEmpty { object["merged"] = .array(fields.map { .string($0.rawValue) }) }
        if !unchanged.isEmpty { object["unchanged"] = .array(unchanged.map(\.json)) }
        if let undone { object["undone"] = [.integer(undone.lowerBound), .integer(undone.upperBound)] }
        return .object(object)
    }

    /// Reads the notes; what only a newer server knows is passed over.
    init(_ more: JSONValue?) {
        self.init()
        for name in more?["merged"]?.arrayValue ?? [] {
            if let field = name.stringValue.flatMap(TaskField.init(rawValue:)) { merged.insert(field) }
        }
        unchanged = (more?["unchanged"]?.arrayValue ?? []).compactMap { UnchangedOperation($0) }
        if let bounds = more?["undone"]?.arrayValue?.compactMap(\.intValue), bounds.count == 2, bounds[0] <= bounds[1] {
            undone = bounds[0]...bounds[1]
        }
    }
}

extension UnchangedOperation {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["operation": .integer(operation)]
        if let refusal { object["refusal"] = refusal.stored }
        return .object(object)
    }

    /// `nil` when it cannot be read; a repeat of the command is then answered with an unknown outcome.
    fileprivate init?(_ value: JSONValue) {
        guard let operation = value["operation"]?.intValue, operation >= 0 else { return nil }
        guard let stored = value["refusal"] else {
            self.init(operation: operation, refusal: nil)
            return
        }
        guard let refusal = TaskError(stored: stored) else { return nil }
        self.init(operation: operation, refusal: refusal)
    }
}

/// The refusals of single operations, with all that their answer needs.
extension TaskError {
    fileprivate var stored: JSONValue {
        var object: JSONObject = ["code": .string(code)]
        switch self {
        case .notFound(let id), .alreadyExists(let id): object["id"] = .string(id.rawValue)
        case .versionMismatch(let current): object["current"] = current.json
        case .mergeConflict(let conflict):
            object["base"] = conflict.base.stored
            object["current"] = conflict.current.json
            object["fields"] = .array(conflict.fields.map { .string($0.rawValue) })
            object["yours"] = conflict.yours.stored
        case .testFailed(let edit): object["edit"] = .integer(edit)
        case .makerRefused(let operation): object["operation"] = .integer(operation)
        case .limitExceeded(let limit): object["limit"] = .integer(limit)
        case .bookFull(let used, let limit): (object["limit"], object["used"]) = (.integer(limit), .integer(used))
        case .invalid(let faults):
            object["faults"] = .array(
                faults.map {
                    ["code": .string($0.code), "field": .string($0.field), "message": .string($0.message)]
                }
            )
        // No single operation is refused with one of these.
        case .undoConflict, .undoGone, .planChanged, .commandTooLong, .inOperation, .journalNeeded, .keyReused,
            .changesGone, .pastGone, .tooManyWaiting, .storeUnavailable, .outcomeUnknown, .deadlineExceeded, .cancelled,
            .newerFormat, .unreadable:
            break
        }
        return .object(object)
    }

    fileprivate init?(stored value: JSONValue) {
        let id = value["id"]?.stringValue.flatMap { TaskID($0) }
        let current = value["current"].flatMap(TaskItem.init(stored:))
        let limit = value["limit"]?.intValue
        switch value["code"]?.stringValue {
        case "TASK_NOT_FOUND":
            guard let id else { return nil }
            self = .notFound(id)
        case "TASK_EXISTS":
            guard let id else { return nil }
            self = .alreadyExists(id)
        case "TASK_CHANGED":
            guard let current else { return nil }
            self = .versionMismatch(current: current)
        case "MERGE_CONFLICT":
            let fields = value["fields"]?.arrayValue?.compactMap { $0.stringValue.flatMap(TaskField.init(rawValue:)) }
            guard let current, let fields, let base = value["base"].flatMap(TaskContent.init(stored:)),
                let yours = value["yours"].flatMap(TaskContent.init(stored:))
            else { return nil }
            self = .mergeConflict(MergeConflict(current: current, base: base, yours: yours, fields: fields))
        case "TEST_FAILED":
            guard let edit = value["edit"]?.intValue else { return nil }
            self = .testFailed(edit: edit)
        case "REFERENCE_REFUSED":
            guard let operation = value["operation"]?.intValue else { return nil }
            self = .makerRefused(operation: operation)
        case "TASK_LIMIT_REACHED":
            guard let limit else { return nil }
            self = .limitExceeded(limit: limit)
        case "BOOK_FULL":
            guard let limit, let used = value["used"]?.intValue else { return nil }
            self = .bookFull(used: used, limit: limit)
        case "INVALID_FIELDS":
            guard let faults = value["faults"]?.arrayValue else { return nil }
            var read: [FieldFault] = []
            for fault in faults {
                guard let code = fault["code"]?.stringValue, let field = fault["field"]?.stringValue,
                    let message = fault["message"]?.stringValue
                else { return nil }
                read.append(FieldFault(field: field, code: code, message: message))
            }
            self = .invalid(read)
        default: return nil
        }
    }
}

extension TaskContent {
    fileprivate var stored: JSONValue {
        var object = JSONObject()
        for field in TaskField.sorted { object[field.rawValue] = JSONValue(value(of: field)) }
        return .object(object)
    }

    fileprivate init?(stored value: JSONValue) {
        guard let patch = TaskPatch(stored: value) else { return nil }
        self.init(title: "")
        patch.apply(to: &self)
    }
}
