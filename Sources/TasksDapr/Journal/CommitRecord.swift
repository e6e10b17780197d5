internal import JSON
internal import TaskJSON
package import Tasks

/// One commit as the journal holds it: changes that were written together, under the sequence of the first.
///
///     {"after":"<uuid>","changes":[{"actor":"u1","before":{"status":"todo"},"channel":"rest","key":"<32 hex digits>","kind":"completed","previous":3,
///       "request":"<32 hex digits>","task":{… the task after the change, as `GET` answers it …},"trace":"00-…"}],
///      "clock":1767323045678,"id":"<uuid>","published":6,"sequence":7,"time":"2026-01-02T03:04:05.678Z","v":2}
///
/// `clock` is the time by which ages are told (``AgeClock``), in milliseconds; what older servers wrote has none. `id` tells a writer whether a record is its own. `after` is the identifier of the commit before it; it is absent where that was not known, as
/// in what older servers wrote, which pass over it. `published` is the highest sequence the writer knew to be published. `previous` is
/// the commit with the task's change before this one. Of a deleted task, `task` is the last there was, with the version and time of its end.
///
/// Format 1 had no `task`, `previous` and `request`, but the fields after the change in `after`, the task's identifier in `task`, and the
/// version. A record that is brought back to it keeps its `request`, which servers of that format pass over, so that nothing is lost.
package struct CommitRecord: Equatable, Sendable {
    /// The format this server writes, and the newest it reads.
    package static let format = 2
    /// The formats it reads, and can bring a journal to.
    package static let formats = 1...format
    /// The most changes of a commit: whoever looks for a change in the middle of one looks so many sequences back.
    ///
    /// Journals are kept, so this may be raised but never lowered: commits as long as it ever allowed would not be found any more.
    /// Until a command may be several changes, ``JournalConfiguration/commandsPerCommit`` is what bounds a commit.
    static let changeLimit = 128

    package var id: String
    /// The sequence of the first change.
    package var sequence: Int
    package var time: Timestamp
    /// The time by which ages are told; nil when it is not known.
    package var clock: Timestamp?
    package var published: Int
    /// The identifier of the commit before; nil when it is not known, or this is the first.
    package var after: String?
    /// One or more changes, all of this time, with sequences that follow one another.
    package var entries: [JournalEntry]

    /// The sequence of the last change.
    package var last: Int { sequence + entries.count - 1 }

    /// Whether the journal may go on with it.
    /// - Parameter previous: the identifier of the commit that it would follow; nil when that is not known.
    /// - Returns: false when it was made after another.
    package func mayFollow(_ previous: String?) -> Bool { after == nil || previous == nil || after == previous }

    package init(
        id: String,
        sequence: Int,
        time: Timestamp,
        clock: Timestamp? = nil,
        published: Int,
        after: String? = nil,
        entries: [JournalEntry]
    ) {
        self.id = id
        self.sequence = sequence
        self.time = time
        self.clock = clock
        self.published = published
        self.after = after
        self.entries = entries
    }

    /// The record's JSON, written as Dapr would write it again: keys sorted, `<>&` escaped.
    ///
    /// In format 2 each entry must have its task; what has none is left out, and the record is not readable. `documents` are the JSON of
    /// the entries' tasks, in their order, when it is at hand.
    package func encoded(format: Int = CommitRecord.format, documents: [[UInt8]] = []) -> [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: documents.reduce(256) { $0 + $1.count + 256 })
        json.beginObject()
        if let after {
            json.key("after")
            json.string(after)
        }
        json.key("changes")
        json.beginArray()
        for (place, entry) in entries.enumerated() {
            json.write(entry, format: format, document: place < documents.count ? documents[place] : nil)
        }
        json.endArray()
        if let clock {
            json.key("clock")
            json.integer(Int(clock.milliseconds))
        }
        json.key("id")
        json.string(id)
        json.key("published")
        json.integer(published)
        json.key("sequence")
        json.integer(sequence)
        json.key("time")
        json.plain(time.utf8.span)
        json.key("v")
        json.integer(format)
        json.endObject()
        return json.bytes
    }

    /// Reads the record that was found under a key.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    package init(decoding bytes: [UInt8], sequence: Int, key: String) throws(TaskError) {
        let value = try JSONValue(stored: bytes, upTo: CommitRecord.format, key: key, kind: "commit record")
        guard let format = value["v"]?.intValue, format >= 1, let id = value["id"]?.stringValue,
            value["sequence"]?.intValue == sequence,
            let time = value["time"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let clock = value.optional("clock", Timestamp.init(stored:)),
            let published = value["published"]?.intValue, let after = value.optional("after", \.stringValue),
            let list = value["changes"]?.arrayValue, !list.isEmpty
        else { throw .unreadable(key: key, reason: "a field of the commit is missing or of another kind") }
        var entries: [JournalEntry] = []
        for (index, element) in list.enumerated() {
            guard
                let entry = JournalEntry(
                    element,
                    format,
                    sequence: sequence + index,
                    commit: sequence,
                    time: time,
                    clock: clock
                )
            else { throw .unreadable(key: key, reason: "change \(index) is not readable") }
            entries.append(entry)
        }
        self.init(
            id: id,
            sequence: sequence,
            time: time,
            clock: clock,
            published: published,
            after: after,
            entries: entries
        )
    }
}

/// A change with the task it left; nil when the journal's format does not tell.
package struct JournalEntry: Equatable, Sendable {
    package let change: TaskChange
    /// The task after the change; of a deleted one the last there was, with the version and time of its end.
    package let task: TaskItem?

    package init(change: TaskChange, task: TaskItem?) {
        self.change = change
        self.task = task
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ entry: JournalEntry, format: Int, document: [UInt8]?) {
        let change = entry.change
        beginObject()
        key("actor")
        string(change.actor.rawValue)
        if format == 1 {
            key("after")
            write(change.after)
            key("before")
            write(change.before)
        } else if change.kind != .created, change.kind != .deleted {
            key("before")
            write(change.before)
        }
        key("channel")
        string(change.channel.rawValue)
        if let fingerprint = change.key {
            key("key")
            string(fingerprint.text)
        }
        key("kind")
        string(change.kind.rawValue)
        if format > 1 {
            key("previous")
            integer(change.previous)
        }
        if let fingerprint = change.request {
            key("request")
            string(fingerprint.text)
        }
        if format == 1 {
            key("task")
            plain(change.taskID.utf8.span)
        } else if let document {
            key("task")
            raw(document)
        } else if let task = entry.task {
            key("task")
            write(task)
        }
        if let trace = change.trace {
            key("trace")
            string(trace)
        }
        if format == 1 {
            key("version")
            integer(change.version)
        }
        endObject()
    }

    private mutating func write(_ patch: TaskPatch) {
        beginObject()
        for field in TaskField.sorted {
            guard let value = patch.value(of: field) else { continue }
            key(field.rawValue)
            write(value)
        }
        endObject()
    }
}

extension JournalEntry {
    fileprivate init?(
        _ value: JSONValue,
        _ format: Int,
        sequence: Int,
        commit: Int,
        time: Timestamp,
        clock: Timestamp?
    ) {
        guard let kind = value["kind"]?.stringValue.flatMap(TaskChange.Kind.init(rawValue:)),
            let actor = value["actor"]?.stringValue.flatMap({ OwnerID($0) }),
            let channel = value["channel"]?.stringValue.flatMap(Channel.init(rawValue:)),
            let key = value.optional("key", Fingerprint.init(stored:)),
            let request = value.optional("request", Fingerprint.init(stored:))
        else { return nil }
        var change = TaskChange(
            sequence: sequence,
            commit: commit,
            previous: 0,
            time: time,
            clock: clock,
            kind: kind,
            taskID: TaskID(high: 0, low: 0),
            version: 0,
            before: TaskPatch(),
            after: TaskPatch(),
            actor: actor,
            channel: channel,
            trace: value["trace"]?.stringValue,
            key: key,
            request: request
        )
        if format == 1 {
            guard let task = value["task"]?.stringValue.flatMap({ TaskID($0) }),
                let version = value["version"]?.intValue,
                let before = value["before"].flatMap(TaskPatch.init(stored:)),
                let after = value["after"].flatMap(TaskPatch.init(stored:))
            else { return nil }
            change.taskID = task
            change.version = version
            change.before = before
            change.after = after
            self.init(change: change, task: nil)
            return
        }
        guard let previous = value["previous"]?.intValue, (0...sequence).contains(previous),
            let task = value["task"].flatMap(TaskItem.init(stored:))
        else { return nil }
        change.previous = previous
        change.taskID = task.id
        change.version = task.version
        switch kind {
        case .created: change.after = TaskPatch(of: task.content)
        case .deleted: change.before = TaskPatch(of: task.content)
        case .updated, .completed, .reopened:
            guard let before = value["before"].flatMap(TaskPatch.init(stored:)) else { return nil }
            change.before = before
            change.after = TaskPatch(of: task.content, only: before.fields)
        }
        self.init(change: change, task: task)
    }
}

extension Timestamp {
    /// A stored number of milliseconds.
    init?(stored value: JSONValue) {
        guard let milliseconds = value.intValue else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }
}

extension Fingerprint {
    fileprivate init?(stored value: JSONValue) {
        guard let text = value.stringValue else { return nil }
        self.init(text)
    }
}
