internal import DaprJSON
internal import TaskJSON
package import Tasks

/// A change with the task after it, as stored in the journal.
///
///     {"actor":"u1","before":{"status":"todo"},"channel":"rest","command":2,"ended":4,"key":"<32 hex digits>","kind":"completed","more":{…},
///      "previous":3,"request":"<32 hex digits>","salt":"…","since":1767323000000,"task":{… the task after the change, as `GET` answers it …},
///      "trace":"00-…"}
///
/// `before` holds the old values of the changed fields. A created task has none. A deleted one does not need them,
/// because `task` is its last state, with the version and time of the deletion. `since` is when the task got into the
/// state that the change found, in milliseconds; with it the change can be undone exactly. `previous` is the commit
/// with the task's previous change. `key` and `request` identify the idempotency key and the command that came with it.
///
/// In format 3, `command` stands in the first change of a command with several changes, and is their number. The later
/// ones have no `actor`, `channel`, `key`, `request` and `trace`, because those of the first apply. `ended`, in a
/// created task, is the version with which an earlier task of this identifier ended, in the commit `previous`. A task
/// that comes back was created before the commit, and a due date may be a day, as in `2026-01-02`.
///
/// `more` has the ``ChangeNotes``, and what servers to come note beside. `salt` is reserved for future servers: it hides
/// the texts in the chain of hashes, so that texts and salt can be removed while the chain stays whole.
package struct JournalEntry: Equatable, Sendable {
    package internal(set) var change: TaskChange
    /// The task after the change; for a deletion its last state, with the version and time of the deletion.
    ///
    /// `nil` when the journal's format does not hold it.
    package internal(set) var task: TaskItem?
    /// The salt of the texts; `nil` when they are in no chain of hashes.
    package internal(set) var salt: String?
    /// The change's notes, and fields of future servers; an object.
    var more: JSONValue?

    package init(change: TaskChange, task: TaskItem?) {
        self.change = change
        self.task = task
        more = change.notes.json
    }
}

extension JSONWriter {
    /// Writes an entry in `format`; `document` is the JSON of its task, if it is at hand.
    mutating func write(_ entry: JournalEntry, format: Int, document: [UInt8]?) {
        let change = entry.change
        let isFirst = change.part.index == 0 || format < 3
        beginObject()
        if isFirst {
            key("actor")
            string(change.actor.rawValue)
        }
        if format == 1 {
            key("after")
            write(change.after)
            key("before")
            write(change.before)
        } else if change.kind != .created, change.kind != .deleted {
            key("before")
            write(change.before)
        }
        if isFirst {
            key("channel")
            string(change.channel.rawValue)
        }
        if format > 2, isFirst, change.part.count > 1 {
            key("command")
            integer(change.part.count)
        }
        if format > 2, change.endedVersion > 0 {
            key("ended")
            integer(change.endedVersion)
        }
        if isFirst, let fingerprint = change.key {
            key("key")
            string(fingerprint.text)
        }
        key("kind")
        string(change.kind.rawValue)
        if let more = entry.more {
            key("more")
            value(more)
        }
        if format > 1 {
            key("previous")
            integer(change.previous)
        }
        if isFirst, let fingerprint = change.request {
            key("request")
            string(fingerprint.text)
        }
        if let salt = entry.salt {
            key("salt")
            string(salt)
        }
        if let since = change.since {
            key("since")
            integer(Int(since.milliseconds))
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
        if isFirst, let trace = change.trace {
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
    /// Reads the entry that follows those in `record`; `nil` when it is unreadable, or when it is the last and its
    /// command goes on.
    init?(_ value: JSONValue, _ format: Int, of record: CommitRecord, isLast: Bool) {
        guard let kind = value["kind"]?.stringValue.flatMap(TaskChange.Kind.init(rawValue:)),
            let origin = Origin(value, format, after: record.entries.last?.change),
            !isLast || origin.part.index + 1 == origin.part.count,
            let since = value.optional("since", Timestamp.init(stored:)),
            let salt = value.optional("salt", \.stringValue), let more = value.optional("more", \.asObject)
        else { return nil }
        let sequence = record.last + 1
        var change = TaskChange(
            sequence: sequence,
            commit: record.sequence,
            previous: 0,
            time: record.time,
            clock: record.clock,
            kind: kind,
            taskID: TaskID(high: 0, low: 0),
            version: 0,
            before: TaskPatch(),
            after: TaskPatch(),
            since: since,
            part: origin.part,
            actor: origin.actor,
            channel: origin.channel,
            trace: origin.trace,
            key: origin.key,
            request: origin.request
        )
        change.notes = ChangeNotes(more)
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
            if kind == .created { change.createdAt = record.time }
            self.init(change: change, task: nil)
        } else {
            guard let previous = value["previous"]?.intValue, (0...sequence).contains(previous),
                let task = value["task"].flatMap(TaskItem.init(stored:))
            else { return nil }
            change.previous = previous
            change.taskID = task.id
            change.version = task.version
            switch kind {
            case .created:
                guard let ended = value.optional("ended", \.intValue), ended ?? 1 > 0 else { return nil }
                change.after = TaskPatch(of: task.content)
                change.createdAt = task.createdAt
                change.endedVersion = ended ?? 0
            case .deleted:
                change.before = TaskPatch(of: task.content)
                change.createdAt = task.createdAt
            case .updated, .completed, .reopened:
                guard let before = value["before"].flatMap(TaskPatch.init(stored:)) else { return nil }
                change.before = before
                change.after = TaskPatch(of: task.content, only: before.fields)
            }
            self.init(change: change, task: task)
        }
        self.salt = salt
        self.more = more
    }

    /// The facts that all changes of one command share.
    private struct Origin {
        let actor: OwnerID
        let channel: Channel
        let trace: String?
        let key: Fingerprint?
        let request: Fingerprint?
        let part: CommandPart

        /// Reads the facts from the first change of a command, or copies them from the change before.
        init?(_ value: JSONValue, _ format: Int, after earlier: TaskChange?) {
            if let earlier, earlier.part.index + 1 < earlier.part.count {
                actor = earlier.actor
                channel = earlier.channel
                trace = earlier.trace
                key = earlier.key
                request = earlier.request
                part = CommandPart(index: earlier.part.index + 1, count: earlier.part.count)
                return
            }
            guard let actor = value["actor"]?.stringValue.flatMap({ OwnerID($0) }),
                let channel = value["channel"]?.stringValue.flatMap(Channel.init(rawValue:)),
                let key = value.optional("key", Fingerprint.init(stored:)),
                let request = value.optional("request", Fingerprint.init(stored:)),
                let count = format < 3 ? .some(nil) : value.optional("command", \.intValue),
                (1...CommitRecord.changeLimit).contains(count ?? 1)
            else { return nil }
            self.actor = actor
            self.channel = channel
            trace = value["trace"]?.stringValue
            self.key = key
            self.request = request
            part = CommandPart(index: 0, count: count ?? 1)
        }
    }
}

extension JSONValue {
    /// The value itself, when it is an object.
    var asObject: JSONValue? { objectValue.map { .object($0) } }
}

extension Fingerprint {
    fileprivate init?(stored value: JSONValue) {
        guard let text = value.stringValue else { return nil }
        self.init(text)
    }
}
