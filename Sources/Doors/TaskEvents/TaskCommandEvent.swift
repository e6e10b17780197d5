import Dapr
import DaprJSON
import DaprText
import TaskJSON
import Tasks
import WebFront

/// A command that another service sent as an event; `schemas/` describes each type.
///
///     {"specversion":"1.0","id":"7f3c…","source":"/billing","type":"task.update",
///      "data":{"user_id":"demo","id":"<uuid>","version":3,"title":"Send the invoice again"}}
///
/// A `task.batch` has `operations`, all of which are carried out or none. `data.v` is the version of this format, 1 when it is absent. `data.version` is the version that the task must have.
struct TaskCommandEvent: Sendable {
    /// The newest version of the format that this reads.
    static let format = 1

    /// The event types that are commands.
    enum Kind: String, CaseIterable, Sendable {
        case create = "task.create"
        case update = "task.update"
        case complete = "task.complete"
        case reopen = "task.reopen"
        case delete = "task.delete"
        case batch = "task.batch"

        /// Whether the command is about one task, which its data names.
        var namesTask: Bool { self != .create && self != .batch }
    }

    let owner: OwnerID
    let command: TaskCommand
    /// What operations require of their tasks, by their index.
    let conditions: [Int: TaskCondition]
    /// The event's id, which serves as the idempotency key.
    let key: String

    /// The owner that an event names, valid or not, so that its events can be kept in order.
    static func ownerName(of event: CloudEvent) -> String? { data(of: event)?["user_id"]?.stringValue }

    /// The data of an event: JSON, or JSON as bytes, which some libraries send.
    private static func data(of event: CloudEvent) -> JSONValue? {
        guard event.data == nil, let bytes = event.dataBase64 else { return event.data }
        guard let type = event.datacontenttype.flatMap(MediaType.init(header:)), type.isJSON else { return nil }
        // Data that is not JSON is not a command; the refusal says so.
        return try? JSONValue(parsing: bytes)
    }

    init(_ event: CloudEvent) throws(EventRefusal) {
        guard let kind = Kind(rawValue: event.type) else {
            let types = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw EventRefusal("UNKNOWN_TYPE", "The type is none of \(types).")
        }
        guard (1...255).contains(event.id.utf8.count) else {
            throw EventRefusal("INVALID_EVENT_ID", "The id, which is the idempotency key, must have 1 to 255 bytes.")
        }
        guard var data = TaskCommandEvent.data(of: event)?.objectValue else {
            throw EventRefusal("INVALID_DATA", "data is not a JSON object.")
        }
        try TaskCommandEvent.checkVersion(data["v"])
        data["v"] = nil
        key = event.id
        var faults: [FieldFault] = []
        let owner = data["user_id"]?.stringValue.flatMap { OwnerID($0) }
        if owner == nil { faults.append(FieldFault("user_id", .required, "Give a user's name.")) }
        let id = data["id"]?.stringValue.flatMap { TaskID($0) }
        if id == nil, kind.namesTask || kind == .create && data["id"] != nil {
            faults.append(FieldFault("id", .required, "Give a task's identifier, a UUID."))
        }
        data["user_id"] = nil
        if kind != .batch { data["id"] = nil }
        var version: Int?
        if kind.namesTask, let value = data["version"] {
            version = value.intValue.flatMap { $0 > 0 ? $0 : nil }
            if version == nil { faults.append(FieldFault("version", .outOfRange, "Give a whole number from 1.")) }
            data["version"] = nil
        }
        var conditions = version.map { [0: TaskCondition(version: $0)] } ?? [:]
        let command = TaskCommandEvent.command(kind, id, data, &conditions, &faults)
        guard let owner, let command, faults.isEmpty else { throw EventRefusal(.invalid(faults)) }
        self.owner = owner
        self.command = command
        self.conditions = conditions
    }

    private static func checkVersion(_ value: JSONValue?) throws(EventRefusal) {
        guard let value else { return }
        guard let version = value.intValue, version > 0 else {
            throw EventRefusal("INVALID_DATA", "data.v must be a whole number from 1.")
        }
        guard version <= format else {
            throw EventRefusal(
                "UNSUPPORTED_VERSION",
                "data.v is \(version) and this server reads up to \(format); use a newer server and redrive the event."
            )
        }
    }

    private static func command(
        _ kind: Kind,
        _ id: TaskID?,
        _ data: JSONObject,
        _ conditions: inout [Int: TaskCondition],
        _ faults: inout [FieldFault]
    ) -> TaskCommand? {
        do throws(TaskError) {
            switch kind {
            case .create:
                return .create(try TaskContent(fields: data.fields), id: id)
            case .update:
                let patch = try TaskPatch(fields: data.fields)
                return id.map { .patch($0, patch) }
            case .batch:
                for (name, _) in data.prefix(FieldFault.toldLimit) where !name.hasSameBytes(as: "operations") {
                    faults.append(FieldFault(name, .unknownField, "This command has no such field."))
                }
                let batch = try TaskBatch(data["operations"], mode: .atomic)
                _ = try CheckedCommand(batch.command)
                conditions = batch.conditions
                return batch.command
            case .complete, .reopen, .delete:
                for (name, _) in data.prefix(FieldFault.toldLimit) {
                    faults.append(FieldFault(name, .unknownField, "This command has no such field."))
                }
                switch kind {
                case .complete: return id.map { .complete($0) }
                case .reopen: return id.map { .reopen($0) }
                case .create, .update, .batch, .delete: return id.map { .delete($0) }
                }
            }
        } catch {
            if case .invalid(let more) = error { faults += more }
            return nil
        }
    }
}
