internal import JSON
package import Tasks

/// A change with the task it left, to be published.
///
/// An object, so that keeping and handing it on costs one reference.
package final class TaskEvent: Sendable {
    /// Whose task it is.
    package let owner: OwnerID
    /// What happened to it.
    package let change: TaskChange
    /// The task after the change; of a deleted one, the last there was.
    package let task: TaskItem
    /// The task's JSON, made once for all who write it: the journal, the store and the event.
    let document: [UInt8]
    /// About how many bytes of memory the event takes.
    let approximateBytes: Int

    init(owner: OwnerID, change: TaskChange, task: TaskItem) {
        self.owner = owner
        self.change = change
        self.task = TaskEvent.told(task, of: change)
        document = self.task.document
        approximateBytes =
            768 + document.count + change.before.approximateBytes + change.after.approximateBytes
    }

    /// The task as it is told of after a change.
    static func told(_ task: TaskItem, of change: TaskChange) -> TaskItem {
        guard change.kind == .deleted else { return task }
        var task = task
        // It is told of with the version and time of its end.
        task.version = change.version
        task.updatedAt = change.time
        return task
    }

    /// The event as a CloudEvent.
    ///
    ///     {"data":{"changes":{"status":{"after":"done","before":"todo"}},"completed":true, … the task …,"version":2},
    ///      "datacontenttype":"application/json","id":"u1/7","owner":"u1","sequence":7,"source":"/tasks","specversion":"1.0",
    ///      "subject":"<task id>","time":"…Z","traceid":"00-…","traceparent":"00-…","type":"task.completed"}
    ///
    /// The owner in `id` is percent-encoded as in state keys, so that the slash parts it from the sequence: `ownerKey` is the owner's
    /// ``OwnerID/keyComponent``, which the caller has at hand.
    func encoded(ownerKey: String) -> [UInt8] {
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
            // Dapr keeps the trace of an event that is made already only when it has this name too.
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
    /// The places of the events that stand together and have the same owner.
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
    /// Writes each field that changed with what it was and is.
    fileprivate mutating func write(_ before: TaskPatch, _ after: TaskPatch) {
        beginObject()
        field("description", before.description, after.description) { $0.string($1) }
        field("due_date", before.dueDate, after.dueDate) { $0.plain($1.utf8.span) }
        field("priority", before.priority, after.priority) { $0.string($1.rawValue) }
        field("status", before.status, after.status) { $0.string($1.rawValue) }
        field("tags", before.tags, after.tags) { $0.strings($1) }
        field("title", before.title, after.title) { $0.string($1) }
        endObject()
    }

    @inline(__always)
    private mutating func field<Value>(
        _ name: String,
        _ before: PatchField<Value>,
        _ after: PatchField<Value>,
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        if case (.absent, .absent) = (before, after) { return }
        var values: (before: Value?, after: Value?)
        if case .value(let value) = before { values.before = value }
        if case .value(let value) = after { values.after = value }
        pair(name, values.before, values.after, write)
    }

    @inline(__always)
    private mutating func field<Value>(
        _ name: String,
        _ before: Value?,
        _ after: Value?,
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        if before == nil, after == nil { return }
        pair(name, before, after, write)
    }

    @inline(__always)
    private mutating func pair<Value>(
        _ name: String,
        _ before: Value?,
        _ after: Value?,
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        beginObject()
        key("after")
        if let after { write(&self, after) } else { null() }
        key("before")
        if let before { write(&self, before) } else { null() }
        endObject()
    }
}
