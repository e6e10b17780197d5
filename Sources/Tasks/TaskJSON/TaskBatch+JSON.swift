package import DaprJSON
import DaprText
package import Tasks

/// Operations as a client gives them, in one list.
///
///     [{"op":"create","as":"a","task":{"title":"…"}}, {"op":"patch","id":"$a","task":{"priority":"high"}},
///      {"op":"replace","id":"…","task":{…},"if_match":3,"merge":true}, {"op":"complete","id":"…"}]
///
/// `$a` is the task that an earlier operation creates as `a`.
package struct TaskBatch: Sendable {
    package let command: TaskCommand
    /// What `if_match` and `merge` require, by the index of the operation.
    package let conditions: [Int: TaskCondition]

    /// Reads the operations.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` with everything that keeps the list from being read. Values that no task can
    ///   have are left to the command, which may be a partial one.
    package init(_ value: JSONValue?, mode: TaskCommand.Mode) throws(TaskError) {
        guard let list = value?.arrayValue else {
            throw .invalid([FieldFault("operations", value == nil ? .required : .type, "Give a list of operations.")])
        }
        // Counted before any is looked at, because there may be as many as fit into a body.
        guard list.count <= TaskRules.operationLimit else {
            let wanted = "Give at most \(TaskRules.operationLimit) operations; there are \(list.count)."
            throw .invalid([FieldFault("operations", .tooMany, wanted)])
        }
        var reader = BatchReader()
        var operations: [TaskOperation] = []
        for (index, element) in list.enumerated() {
            if let operation = reader.operation(element, index) { operations.append(operation) }
        }
        guard reader.faults.isEmpty else { throw .invalid(reader.faults) }
        command = TaskCommand(operations, mode: mode, isList: true)
        conditions = reader.conditions
    }
}

/// The operations of a batch, by their names.
enum BatchOperation: String, CaseIterable {
    case create, replace, patch, complete, reopen, delete

    /// The members that the operation takes beside `op`.
    var members: [BatchMember] {
        switch self {
        case .create: [.as, .task]
        case .replace: [.id, .task, .ifMatch, .merge]
        case .patch: [.id, .task, .edits, .ifMatch, .merge]
        case .complete, .reopen: [.id, .ifMatch, .merge]
        case .delete: [.id, .ifMatch]
        }
    }
}

/// The members of an operation beside `op`.
enum BatchMember: String, CaseIterable {
    case `as`
    case id
    case task
    case edits
    case ifMatch = "if_match"
    case merge
}

/// Reads the operations of a batch one after the other.
private struct BatchReader {
    private(set) var faults: [FieldFault] = []
    private(set) var conditions: [Int: TaskCondition] = [:]
    /// The operations that create a task under a name.
    private var made: [ExactText: Int] = [:]
    /// The name of the operation that is read, such as `operations[3]`.
    private var place = ""

    /// Reads an operation; `nil` when it cannot be read, which is noted.
    mutating func operation(_ value: JSONValue, _ index: Int) -> TaskOperation? {
        place = "operations[\(index)]"
        guard let object = value.objectValue else {
            fault("", .type, "Give an object.")
            return nil
        }
        guard let kind = object["op"]?.stringValue.flatMap(BatchOperation.init(rawValue:)) else {
            let kinds = BatchOperation.allCases.map(\.rawValue).joined(separator: ", ")
            fault("op", object["op"] == nil ? .required : .notOneOf, "Give one of \(kinds).")
            return nil
        }
        let before = faults.count
        let names = ["op"] + kind.members.map(\.rawValue)
        for (name, _) in object where !names.contains(where: { $0.hasSameBytes(as: name) }) {
            guard faults.count <= FieldFault.toldLimit else { break }
            fault(name, .unknownField, "This operation takes \(names.joined(separator: ", ")).")
        }
        readCondition(object, index)
        let operation = kind == .create ? creation(object, index) : change(kind, object)
        return faults.count == before ? operation : nil
    }

    private mutating func creation(_ object: JSONObject, _ index: Int) -> TaskOperation? {
        if let given = object[BatchMember.as.rawValue] {
            guard let name = given.stringValue, BatchReader.isName(name) else {
                fault("as", .type, "Give a name of 1 to 50 letters, digits, - or _.")
                return nil
            }
            guard made.updateValue(index, forKey: ExactText(name)) == nil else {
                fault("as", .duplicate, "Give each created task a name of its own.")
                return nil
            }
        }
        guard let fields = task(object) else { return nil }
        return read("task", creates: true) { () throws(TaskError) in .create(try TaskContent(fields: fields), id: nil) }
    }

    private mutating func change(_ kind: BatchOperation, _ object: JSONObject) -> TaskOperation? {
        let target = target(object)
        switch kind {
        case .create: return nil
        case .complete: return target.map { .complete($0) }
        case .reopen: return target.map { .reopen($0) }
        case .delete: return target.map { .delete($0) }
        case .replace:
            guard var fields = task(object), let target else { return nil }
            let marks = GivenMarks(takenFrom: &fields)
            return read("task") { () throws(TaskError) in
                .replace(target, try TaskContent(fields: fields), having: marks)
            }
        case .patch:
            let edits = object[BatchMember.edits.rawValue]
            if let edits, object[BatchMember.task.rawValue] == nil {
                guard let target else { return nil }
                return read("edits") { () throws(TaskError) in .edit(target, try TaskEdits(edits)) }
            }
            if edits != nil { fault("edits", .contradiction, "Give task or edits.") }
            guard let fields = task(object), let target else { return nil }
            return read("task") { () throws(TaskError) in .patch(target, try TaskPatch(fields: fields)) }
        }
    }

    private mutating func target(_ object: JSONObject) -> TaskTarget? {
        let text = object[BatchMember.id.rawValue]?.stringValue
        if let id = text.flatMap({ TaskID($0) }) { return .task(id) }
        if let text, text.utf8.first == UInt8(ascii: "$") {
            if object[BatchMember.merge.rawValue]?.boolValue == true {
                fault("merge", .contradiction, "Leave it out: nobody else has changed a task that the batch creates.")
            }
            if let maker = made[ExactText(String(text.unicodeScalars.dropFirst()))] { return .made(by: maker) }
            fault("id", .noSuchReference, "Give the name of a task that an operation before this one creates.")
            return nil
        }
        fault("id", .required, "Give a task's identifier, a UUID, or $ and the name of a task created before.")
        return nil
    }

    private mutating func task(_ object: JSONObject) -> [(name: String, value: FieldValue)]? {
        guard let given = object[BatchMember.task.rawValue] else {
            fault("task", .required, "Give the task's fields.")
            return nil
        }
        guard let fields = given.objectValue?.fields else {
            fault("task", .type, "Give an object.")
            return nil
        }
        return fields
    }

    private mutating func readCondition(_ object: JSONObject, _ index: Int) {
        let merge = object[BatchMember.merge.rawValue]
        if let merge, merge.boolValue == nil { fault("merge", .type, "Give true or false.") }
        guard let given = object[BatchMember.ifMatch.rawValue] else {
            if merge?.boolValue == true {
                fault("if_match", .required, "Give the version that the change is based on, for it to be merged.")
            }
            return
        }
        guard let version = given.intValue, version > 0 else {
            fault("if_match", .outOfRange, "Give a version, a whole number from 1.")
            return
        }
        conditions[index] = TaskCondition(version: version, otherwise: merge?.boolValue == true ? .merge : .refuse)
    }

    /// Reads what the member `member` gives; with values that no task can have it is an invalid operation.
    private func read(
        _ member: String,
        creates: Bool = false,
        _ operation: () throws(TaskError) -> TaskOperation
    ) -> TaskOperation {
        do throws(TaskError) {
            return try operation()
        } catch {
            // Nothing but faults comes of reading fields.
            guard case .invalid(let faults) = error else { return .invalid([], creates: creates) }
            return .invalid(faults.map { $0.within("\(place).\(member)") }, creates: creates)
        }
    }

    private mutating func fault(_ member: String, _ code: FaultCode, _ message: String) {
        faults.append(FieldFault(member, code, message).within(place))
    }

    private static func isName(_ name: String) -> Bool {
        (1...50).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
