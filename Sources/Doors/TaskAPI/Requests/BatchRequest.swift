import DaprHTTP
import DaprJSON
import DaprText
import TaskJSON
import Tasks
import WebFront

/// The body of a batch: `{"mode":"atomic","dry_run":false,"plan":null,"operations":[…]}`.
struct BatchRequest {
    let batch: TaskBatch
    let isTrial: Bool
    /// The hash of the outcome that the batch shall have.
    let plan: String?

    init(_ request: HTTPRequest) throws(WebFault) {
        var members = RequestMembers(try request.jsonObject(), taking: ["mode", "dry_run", "plan", "operations"])
        isTrial = members.flag("dry_run")
        plan = members.text("plan")
        var mode = TaskCommand.Mode.atomic
        if let given = members.text("mode") {
            if let read = TaskCommand.Mode(rawValue: given) {
                mode = read
            } else {
                let modes = TaskCommand.Mode.allCases.map(\.rawValue).joined(separator: ", ")
                members.faults.append(FieldFault("mode", .notOneOf, "Give one of \(modes)."))
            }
        }
        do throws(TaskError) {
            batch = try TaskBatch(members.object["operations"], mode: mode)
        } catch {
            guard case .invalid(let faults) = error else { throw .task(error) }
            throw .invalidFields(members.faults + faults)
        }
        try members.check()
    }
}

/// The body of an undo: `{"token":"…","dry_run":false,"force":false}`.
struct UndoRequest {
    let token: String
    let isTrial: Bool
    let isForced: Bool

    init(_ request: HTTPRequest) throws(WebFault) {
        var members = RequestMembers(try request.jsonObject(), taking: ["token", "dry_run", "force"])
        isTrial = members.flag("dry_run")
        isForced = members.flag("force")
        let token = members.text("token")
        if token == nil, members.faults.allSatisfy({ $0.field != "token" }) {
            members.faults.append(FieldFault("token", .required, "Give an undo token as you got it."))
        }
        try members.check()
        self.token = token ?? ""
    }
}

/// Reads the members of a request that is about no single task, and collects their faults.
private struct RequestMembers {
    let object: JSONObject
    var faults: [FieldFault] = []

    init(_ object: JSONObject, taking names: [String]) {
        self.object = object
        for (name, _) in object where !names.contains(where: { $0.hasSameBytes(as: name) }) {
            guard faults.count <= FieldFault.toldLimit else { break }
            faults.append(FieldFault(name, .unknownField, "This takes \(names.joined(separator: ", "))."))
        }
    }

    mutating func flag(_ name: String) -> Bool {
        guard let given = object[name] else { return false }
        if given.boolValue == nil { faults.append(FieldFault(name, .type, "Give true or false.")) }
        return given.boolValue ?? false
    }

    /// A text; `nil` when it is absent or null.
    mutating func text(_ name: String) -> String? {
        guard let given = object[name], given != .null else { return nil }
        if given.stringValue == nil { faults.append(FieldFault(name, .type, "Give a string.")) }
        return given.stringValue
    }

    func check() throws(WebFault) {
        guard faults.isEmpty else { throw .invalidFields(faults) }
    }
}
