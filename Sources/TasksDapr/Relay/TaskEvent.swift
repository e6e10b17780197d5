internal import JSON
package import Tasks

/// A change with the task it left, to be published.
package struct TaskEvent: Sendable {
    /// Whose task it is.
    package let owner: OwnerID
    /// What happened to it.
    package let change: TaskChange
    /// The task after the change; of a deleted one, the last there was.
    package let task: TaskItem

    init(owner: OwnerID, change: TaskChange, task: TaskItem) {
        self.owner = owner
        self.change = change
        var task = task
        if change.kind == .deleted {
            // It is told of with the version and time of its end.
            task.version = change.version
            task.updatedAt = change.time
        }
        self.task = task
    }

    /// About how many bytes of memory the event takes.
    var approximateBytes: Int {
        256 + task.approximateBytes + change.before.approximateBytes + change.after.approximateBytes
    }

    /// The event as a CloudEvent.
    ///
    ///     {"data":{"changes":{"status":{"after":"done","before":"todo"}},"completed":true, … the task …,"version":2},
    ///      "datacontenttype":"application/json","id":"u1/7","owner":"u1","sequence":7,"source":"/tasks","specversion":"1.0",
    ///      "subject":"<task id>","time":"…Z","traceid":"00-…","traceparent":"00-…","type":"task.completed"}
    ///
    /// The owner in `id` is percent-encoded as in state keys, so that the slash parts it from the sequence.
    func encoded() -> [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 1024)
        json.beginObject()
        json.key("data")
        json.beginObject()
        json.key("changes")
        writeChanges(&json)
        json.writeMembers(of: task)
        json.endObject()
        json.key("datacontenttype")
        json.string("application/json")
        json.key("id")
        json.string("\(owner.keyComponent)/\(change.sequence)")
        json.key("owner")
        json.string(owner.rawValue)
        json.key("sequence")
        json.integer(change.sequence)
        json.key("source")
        json.string("/tasks")
        json.key("specversion")
        json.string("1.0")
        json.key("subject")
        json.string(change.taskID.rawValue)
        json.key("time")
        json.string(change.time.text)
        if let trace = change.trace {
            // Dapr keeps the trace of an event that is made already only when it has this name too.
            json.key("traceid")
            json.string(trace)
            json.key("traceparent")
            json.string(trace)
        }
        json.key("type")
        json.string("task.\(change.kind.rawValue)")
        json.endObject()
        return json.bytes
    }

    private func writeChanges(_ json: inout JSONWriter) {
        // Both are sorted by name.
        var before = change.before.fields[...]
        var after = change.after.fields[...]
        json.beginObject()
        while let name = firstName(before.first?.name, after.first?.name) {
            json.key(name)
            json.beginObject()
            json.key("after")
            json.field(after.first?.name == name ? after.removeFirst().value : .null)
            json.key("before")
            json.field(before.first?.name == name ? before.removeFirst().value : .null)
            json.endObject()
        }
        json.endObject()
    }

    private func firstName(_ left: String?, _ right: String?) -> String? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
