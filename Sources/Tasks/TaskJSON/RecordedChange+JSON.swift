package import DaprJSON
package import Tasks

extension RecordedChange {
    /// The change as answered; `task` is null when the change deleted it.
    package var json: JSONValue {
        var json: JSONObject = [
            "actor": .string(change.actor.rawValue), "changes": RecordedChange.fields(of: change),
            "channel": .string(change.channel.rawValue), "sequence": .integer(change.sequence),
            "task": change.kind == .deleted ? .null : task.json, "task_id": .string(change.taskID.rawValue),
            "time": .string(change.time.text), "type": .string(change.kind.eventType),
            "version": .integer(change.version),
        ]
        if let undone = change.notes.undone {
            json["undone"] = ["first": .integer(undone.lowerBound), "last": .integer(undone.upperBound)]
        }
        return .object(json)
    }

    /// The fields that a change sets, each with its value before and after.
    package static func fields(of change: TaskChange) -> JSONValue {
        var fields = JSONObject()
        for field in TaskField.sorted {
            let (before, after) = (change.before.value(of: field), change.after.value(of: field))
            if before == nil, after == nil { continue }
            fields[field.rawValue] = ["after": JSONValue(after ?? .null), "before": JSONValue(before ?? .null)]
        }
        return .object(fields)
    }
}
