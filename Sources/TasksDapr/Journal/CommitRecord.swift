internal import JSON
internal import Tasks

/// One commit as the journal holds it: changes that were written together, under the sequence of the first.
///
///     {"changes":[{"actor":"u1","after":{"status":"done"},"before":{"status":"todo"},"channel":"rest","key":"<32 hex digits>",
///       "kind":"completed","task":"<uuid>","trace":"00-…","version":2}],
///      "id":"<uuid>","published":6,"sequence":7,"time":"2026-01-02T03:04:05.678Z","v":1}
///
/// `id` tells a writer whether a record is its own. `published` is the highest sequence the writer knew to be published.
struct CommitRecord: Equatable, Sendable {
    /// The format this server writes, and the newest it reads.
    static let format = 1

    var id: String
    /// The sequence of the first change.
    var sequence: Int
    var time: Timestamp
    var published: Int
    /// One or more changes, all of this time, with sequences that follow one another.
    var changes: [TaskChange]

    /// The sequence of the last change.
    var last: Int { sequence + changes.count - 1 }

    /// The record's JSON, written as Dapr would write it again: keys sorted, `<>&` escaped.
    func encoded() -> [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 512)
        json.beginObject()
        json.key("changes")
        json.beginArray()
        for change in changes { json.write(change) }
        json.endArray()
        json.key("id")
        json.string(id)
        json.key("published")
        json.integer(published)
        json.key("sequence")
        json.integer(sequence)
        json.key("time")
        json.string(time.text)
        json.key("v")
        json.integer(CommitRecord.format)
        json.endObject()
        return json.bytes
    }

    /// Reads the record that was found under a key.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    init(decoding bytes: [UInt8], sequence: Int, key: String) throws(TaskError) {
        guard let value = try? JSONValue(parsing: bytes), let format = value["v"]?.intValue else {
            throw .unreadable(key: key, reason: "no commit record")
        }
        guard format <= CommitRecord.format else {
            throw .newerFormat(key: key, found: format, supported: CommitRecord.format)
        }
        guard let id = value["id"]?.stringValue, value["sequence"]?.intValue == sequence,
            let time = value["time"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let published = value["published"]?.intValue, let list = value["changes"]?.arrayValue, !list.isEmpty
        else { throw .unreadable(key: key, reason: "a field of the commit is missing or of another kind") }
        var changes: [TaskChange] = []
        for (index, element) in list.enumerated() {
            guard let change = TaskChange(element, sequence: sequence + index, time: time) else {
                throw .unreadable(key: key, reason: "change \(index) is not readable")
            }
            changes.append(change)
        }
        self.init(id: id, sequence: sequence, time: time, published: published, changes: changes)
    }

    init(id: String, sequence: Int, time: Timestamp, published: Int, changes: [TaskChange]) {
        self.id = id
        self.sequence = sequence
        self.time = time
        self.published = published
        self.changes = changes
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ change: TaskChange) {
        beginObject()
        key("actor")
        string(change.actor.rawValue)
        key("after")
        write(change.after)
        key("before")
        write(change.before)
        key("channel")
        string(change.channel.rawValue)
        if let hash = change.key {
            key("key")
            string(hash.text)
        }
        key("kind")
        string(change.kind.rawValue)
        key("task")
        string(change.taskID.rawValue)
        if let trace = change.trace {
            key("trace")
            string(trace)
        }
        key("version")
        integer(change.version)
        endObject()
    }

    private mutating func write(_ patch: TaskPatch) {
        beginObject()
        for (name, value) in patch.fields {
            key(name)
            field(value)
        }
        endObject()
    }
}

extension TaskChange {
    fileprivate init?(_ value: JSONValue, sequence: Int, time: Timestamp) {
        guard let kind = value["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
            let task = value["task"]?.stringValue.flatMap({ TaskID($0) }), let version = value["version"]?.intValue,
            let before = value["before"].flatMap(TaskPatch.init(stored:)),
            let after = value["after"].flatMap(TaskPatch.init(stored:)),
            let actor = value["actor"]?.stringValue.flatMap({ OwnerID($0) }),
            let channel = value["channel"]?.stringValue.flatMap(Channel.init(rawValue:))
        else { return nil }
        let key = value["key"]?.stringValue
        let hash = key.flatMap { KeyHash($0) }
        guard (key == nil) == (hash == nil) else { return nil }
        self.init(
            sequence: sequence,
            time: time,
            kind: kind,
            taskID: task,
            version: version,
            before: before,
            after: after,
            actor: actor,
            channel: channel,
            trace: value["trace"]?.stringValue,
            key: hash
        )
    }
}
