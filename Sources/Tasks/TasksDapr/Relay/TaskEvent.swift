internal import DaprJSON
internal import TaskJSON
package import Tasks

/// A change with the task after it, ready to be published.
///
/// A class, so that passing it on costs one reference.
package final class TaskEvent: Sendable {
    /// The task's owner.
    package let owner: OwnerID
    /// The change.
    package let change: TaskChange
    /// The task after the change; for a deletion its last state.
    package let task: TaskItem
    /// The task's JSON, encoded once for the journal, the store and the event.
    let document: [UInt8]
    /// The approximate bytes of memory of the event.
    let approximateBytes: Int

    init(owner: OwnerID, change: TaskChange, task: TaskItem) {
        self.owner = owner
        self.change = change
        self.task = change.told(task)
        document = self.task.document
        approximateBytes =
            896 + document.count + change.before.approximateBytes + change.after.approximateBytes
    }

    /// The event as a CloudEvent.
    ///
    ///     {"data":{"changes":{"status":{"after":"done","before":"todo"}},"completed":true, … the task …,"version":2},
    ///      "datacontenttype":"application/json","id":"u1/7","owner":"u1","sequence":7,"source":"/tasks","specversion":"1.0",
    ///      "subject":"<task id>","time":"…Z","traceid":"00-…","traceparent":"00-…","type":"task.completed"}
    ///
    /// The owner in `id` is percent-encoded as in state keys, so that the slash separates it from the sequence.
    /// `ownerKey` is the owner's ``OwnerID/keyComponent``, which the caller has at hand. An event of a replay also has
    /// `"replay":true`.
    func encoded(ownerKey: String, isReplay: Bool = false) -> [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 1024)
        json.beginObject()
        json.key("data")
        json.beginObject()
        json.key("changes")
        json.write(change.before, change.after)
        json.rawMembers(of: document)
        json.endObject()
        json.key("datacontenttype")
        json.string("application/json")
        json.key("id")
        json.string("\(ownerKey)/\(change.sequence)")
        json.key("owner")
        json.string(owner.rawValue)
        if isReplay {
            json.key("replay")
            json.bool(true)
        }
        json.key("sequence")
        json.integer(change.sequence)
        json.key("source")
        json.string("/tasks")
        json.key("specversion")
        json.string("1.0")
        json.key("subject")
        json.plain(change.taskID.utf8.span)
        json.key("time")
        json.plain(change.time.utf8.span)
        if let trace = change.trace {
            // Dapr keeps the trace of a finished CloudEvent only if it also has this name.
            json.key("traceid")
            json.string(trace)
            json.key("traceparent")
            json.string(trace)
        }
        json.key("type")
        json.string(change.kind.eventType)
        json.endObject()
        return json.bytes
    }
}

extension [TaskEvent] {
    /// The ranges of consecutive events with the same owner.
    var runsOfOwners: [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while start < count {
            let owner = self[start].owner
            let end = self[start...].firstIndex { $0.owner != owner } ?? count
            runs.append(start..<end)
            start = end
        }
        return runs
    }
}

extension JSONWriter {
    /// Writes the old and new value of each changed field; null stands for none.
    fileprivate mutating func write(_ before: TaskPatch, _ after: TaskPatch) {
        beginObject()
        for field in TaskField.sorted {
            let (before, after) = (before.value(of: field), after.value(of: field))
            if before == nil, after == nil { continue }
            key(field.rawValue)
            beginObject()
            key("after")
            write(after ?? .null)
            key("before")
            write(before ?? .null)
            endObject()
        }
        endObject()
    }
}
